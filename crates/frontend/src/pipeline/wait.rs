//! Waiting for another thread without holding up rayon.

use rayon::Yield;
use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError},
    time::Duration,
};

/// How long a thread of a pool sleeps that finds neither a message nor work.
const NAP: Duration = Duration::from_millis(1);

/// The next message, or none if all senders are gone.
///
/// A thread of a rayon pool does the pool's work while it waits: it may be the only one there, and
/// the message may hang on that work.
pub(super) fn wait<M>(messages: &Receiver<M>) -> Option<M> {
    loop {
        match messages.try_recv() {
            Ok(message) => return Some(message),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => {}
        }
        match rayon::yield_now() {
            None => return messages.recv().ok(),
            Some(Yield::Executed) => {}
            Some(Yield::Idle) => match messages.recv_timeout(NAP) {
                Ok(message) => return Some(message),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {}
            },
        }
    }
}
