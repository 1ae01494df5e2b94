//! Children of a process, for tests of what is not there in them.

use std::{
    fs::File,
    io::{Read, Write},
    os::fd::FromRawFd,
    panic::{catch_unwind, AssertUnwindSafe},
};

/// What `work` answers in a child that is forked here.
///
/// # Panics
/// If it does not come to an end within `seconds`, which is what a child does that waits for threads of its
/// parent's, or panics.
pub fn in_child(seconds: u32, work: impl FnOnce() -> String) -> String {
    let mut ends = [0; 2];
    // SAFETY: `ends` is room for two descriptors.
    assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0, "no pipe");
    // SAFETY: the descriptors are open, and nobody else's.
    let [mut read, mut write] = ends.map(|end| unsafe { File::from_raw_fd(end) });
    // SAFETY: the child goes on in this thread alone, and leaves by `_exit`. Its memory is sound: that of
    // the allocator by glibc's own doing; locks that other threads held stay locked, for which there is
    // the alarm.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: it takes no pointers; it ends this process, whatever it waits for.
        unsafe { libc::alarm(seconds) };
        let answer = catch_unwind(AssertUnwindSafe(work));
        let status = match answer.map(|answer| write.write_all(answer.as_bytes())) {
            Ok(Ok(())) => 0,
            _ => 1,
        };
        // SAFETY: nothing of the parent's is cleaned up here.
        unsafe { libc::_exit(status) };
    }
    assert!(child > 0, "no child");
    drop(write);
    let mut answer = String::new();
    let answered = read.read_to_string(&mut answer);
    let mut status = 0;
    // SAFETY: it is a child of this process, and `status` is room for its status.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert!(
        status == 0 && answered.is_ok(),
        "the child did not come to an end: status {status:#x}"
    );
    answer
}
