//! Modules and functions.

use std::ffi::c_void;

use super::super::module::{Image, Refusal};
use super::super::status::{Outcome, Status};
use super::super::Driver;
use super::{In, Out, OutText, Text};

/// The numbers of `CUjit_option` that name the error log: its room and its size in bytes.
const ERROR_LOG: u32 = 5;
const ERROR_LOG_BYTES: u32 = 6;
/// And those of the information log.
const INFO_LOG_BYTES: u32 = 4;

entry_points! {
    fn cuModuleLoadData(module: Out<u64>, image: Text) |driver, operation| {
        if module.is_null() {
            return Err(Status::INVALID_VALUE);
        }
        let image = read_image(&image)?;
        load(driver, operation, &module, image).map_err(|refusal| refusal.status)
    };

    fn cuModuleLoadDataEx(
        module: Out<u64>,
        image: Text,
        option_count: u32,
        options: In<u32>,
        values: Out<*mut c_void>,
    ) |driver, operation| {
        if module.is_null() {
            return Err(Status::INVALID_VALUE);
        }
        let log = ErrorLog::find(option_count, &options, &values)?;
        let image = read_image(&image)?;
        load(driver, operation, &module, image).map_err(|refusal| {
            log.write(&refusal.words);
            refusal.status
        })
    };

    fn cuModuleLoadFatBinary(module: Out<u64>, _image: Text) |driver, operation| {
        load(driver, operation, &module, Image::Native).map_err(|refusal| refusal.status)
    };

    fn cuModuleLoad(module: Out<u64>, path: Text) |driver, operation| {
        if module.is_null() {
            return Err(Status::INVALID_VALUE);
        }
        let content = std::fs::read(path.get()?).map_err(|_| Status::FILE_NOT_FOUND)?;
        let native = Image::NATIVE.iter().any(|magic| content.starts_with(magic));
        let image = if native { Image::Native } else { Image::Text(content) };
        load(driver, operation, &module, image).map_err(|refusal| refusal.status)
    };

    fn cuModuleUnload(module: u64) |driver, operation| driver.unload_module(operation, module);

    // Modules are loaded whole.
    fn cuModuleGetLoadingMode(mode: Out<u32>) |_, _| mode.set(1);

    fn cuModuleGetFunction(function: Out<u64>, module: u64, name: Text) |driver, operation| {
        if function.is_null() {
            return Err(Status::INVALID_VALUE);
        }
        function.set(driver.function_of(operation, module, &name.get()?)?)
    };

    fn cuModuleGetGlobal_v2(address: Out<u64>, bytes: Out<usize>, module: u64, name: Text)
    |driver, operation| {
        let symbol = driver.global_of(operation, module, &name.get()?)?;
        address.set_if_asked(symbol.address);
        bytes.set_if_asked(symbol.bytes as usize);
        Ok(())
    };

    fn cuFuncGetModule(module: Out<u64>, function: u64) |driver, operation| {
        module.set(driver.function(operation, function)?.module)
    };

    fn cuFuncGetAttribute(value: Out<i32>, attribute: u32, function: u64) |driver, operation| {
        value.set(driver.function_attribute(operation, function, attribute)?)
    };

    fn cuFuncSetAttribute(function: u64, attribute: u32, value: i32) |driver, operation| {
        driver.set_function_attribute(operation, function, attribute, value)
    };

    fn cuFuncSetCacheConfig(function: u64, _config: u32) |driver, operation| {
        driver.function(operation, function).map(drop)
    };

    fn cuFuncSetSharedMemConfig(function: u64, _config: u32) |driver, operation| {
        driver.function(operation, function).map(drop)
    };
}

fn load(
    driver: &mut Driver,
    operation: &'static str,
    module: &Out<u64>,
    image: Image,
) -> Result<(), Refusal> {
    let loaded = driver.load_module(operation, image)?;
    module.set(loaded).map_err(|status| Refusal {
        status,
        words: String::new(),
    })
}

/// An image has no length: native code says its own, and text ends with a zero byte, as does what stands
/// in for native code here.
fn read_image(image: &Text) -> Outcome<Image> {
    let first = In(image.0.cast::<u8>());
    for magic in Image::NATIVE {
        // No byte of these is zero, so one that differs comes before or at the text's end.
        let mut bytes = magic.iter().enumerate();
        if bytes.all(|(index, &byte)| first.at(index) == Ok(byte)) {
            return Ok(Image::Native);
        }
    }
    let bytes = image.bytes()?;
    Ok(match compiled(bytes) {
        Some((architecture, text)) => Image::Compiled {
            architecture,
            text: text.to_vec(),
        },
        None => Image::Text(bytes.to_vec()),
    })
}

/// The architecture and the PTX of what the emulator's linker made.
fn compiled(image: &[u8]) -> Option<(u32, &[u8])> {
    let rest = image.strip_prefix(Image::COMPILED)?;
    let end = rest.iter().position(|&byte| byte == b'\n')?;
    let architecture = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
    Some((architecture, &rest[end + 1..]))
}

/// Where the words on a module that was refused go.
pub(super) struct ErrorLog {
    room: OutText,
    bytes: i32,
}

impl ErrorLog {
    /// Finds the log among the options, and says that nothing was written to either log yet.
    ///
    /// An option's value is a pointer, or a number in a pointer's place.
    pub(super) fn find(count: u32, options: &In<u32>, values: &Out<*mut c_void>) -> Outcome<Self> {
        let mut log = Self {
            room: OutText(std::ptr::null_mut()),
            bytes: 0,
        };
        let current = In(values.0.cast_const());
        for index in 0..count as usize {
            let value = current.at(index)?;
            match options.at(index)? {
                ERROR_LOG => log.room = OutText(value.cast()),
                ERROR_LOG_BYTES => log.bytes = value as usize as i32,
                INFO_LOG_BYTES => {
                    // SAFETY: `values` has `count` elements, and the driver answers in them.
                    Out(unsafe { values.0.add(index) }).set(std::ptr::null_mut())?;
                }
                _ => {}
            }
        }
        Ok(log)
    }

    pub(super) fn write(&self, words: &str) {
        // Without a log there is nobody to tell.
        let _unheard = self.room.set(words, self.bytes);
    }
}
