//! Compiling without loading: what stands in for a cubin is the PTX itself, behind a mark that says for
//! which architecture it is.

use super::module::{Image, Refusal};
use super::status::{Outcome, Status};
use super::{new_handle, Driver};

/// A linker that was created and not destroyed.
pub struct Link {
    pub context: u64,
    /// The one text that was given.
    text: Option<Vec<u8>>,
    /// What it was compiled to: the program may read it until it destroys the linker.
    code: Vec<u8>,
}

impl Image {
    /// How a stand-in for a cubin begins. Then come the architecture's two or three digits, a line's
    /// end, and the PTX.
    pub const COMPILED: &[u8] = b"emulated cubin for sm_";
}

impl Driver {
    /// `cuLinkCreate`.
    pub(super) fn create_link(&mut self) -> Outcome<u64> {
        let context = self.context()?;
        let handle = new_handle();
        let link = Link {
            context,
            text: None,
            code: Vec::new(),
        };
        self.links.insert(handle, link);
        Ok(handle)
    }

    /// `cuLinkAddData`, which compiles, and so finds what is wrong with the text. One text is all that
    /// is linked.
    pub(super) fn link_ptx(
        &mut self,
        operation: &str,
        handle: u64,
        mut text: Vec<u8>,
    ) -> Result<(), Refusal> {
        let refuse = |status| Refusal {
            status,
            words: String::new(),
        };
        let Some(link) = self.links.get(&handle) else {
            return Err(refuse(self.invalid_handle(operation, "linker", handle)));
        };
        if link.text.is_some() {
            return Err(refuse(Status::NOT_SUPPORTED));
        }
        let device = self.device_of(link.context).map_err(refuse)?;
        if let Some(end) = text.iter().position(|&byte| byte == 0) {
            text.truncate(end);
        }
        self.read_module(operation, device, text.clone())?;
        if let Some(link) = self.links.get_mut(&handle) {
            link.text = Some(text);
        }
        Ok(())
    }

    /// `cuLinkComplete`.
    pub(super) fn complete_link(&mut self, operation: &str, handle: u64) -> Outcome<&[u8]> {
        let Some(link) = self.links.get(&handle) else {
            return Err(self.invalid_handle(operation, "linker", handle));
        };
        let text = link.text.clone().ok_or(Status::INVALID_VALUE)?;
        let device = self.device_of(link.context)?;
        let architecture = self.devices[device].architecture_number().to_string();
        let code = [
            Image::COMPILED,
            architecture.as_bytes(),
            b"\n",
            &text,
            b"\0",
        ];
        match self.links.get_mut(&handle) {
            Some(link) => {
                link.code = code.concat();
                Ok(&link.code)
            }
            None => Err(Status::INVALID_HANDLE),
        }
    }

    /// `cuLinkDestroy`.
    pub(super) fn destroy_link(&mut self, operation: &str, handle: u64) -> Outcome {
        match self.links.remove(&handle) {
            Some(_) => Ok(()),
            None => Err(self.invalid_handle(operation, "linker", handle)),
        }
    }
}
