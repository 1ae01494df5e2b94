//! The heap that columns of the host are on.

/// Hands memory that was freed back to the system, as far as the allocator can: with glibc, all whole
/// pages that are free. A heap keeps the holes that large buffers leave and breaks them up for small
/// ones; columns at k = 18 of a proof that lasts seconds then take up to a quarter more than they are.
/// It takes milliseconds.
pub fn trim() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: malloc_trim has no preconditions; it takes the allocator's own locks.
    unsafe {
        libc::malloc_trim(0);
    }
}
