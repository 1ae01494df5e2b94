//! Files that are there whole, or not at all, and the folders that they are written to.

mod file;
mod folder;
mod temporary;
mod unfinished;

pub use file::{check_writable, write_file, write_file_with};
pub use folder::OutputFolder;
pub(crate) use temporary::WorkFolder;
pub use unfinished::remove_unfinished;
