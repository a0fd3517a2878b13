//! Has the linker keep one copy of functions that are the same, where the linker can: of the code
//! that is made for each operation and each type, a tenth is.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Rust's own linker is what links, and knows the option.
const TARGET: &str = "x86_64-unknown-linux-gnu";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("TARGET").is_ok_and(|target| target == TARGET) && has_own_linker() {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    }
}

/// Whether the compiler came with the linker that it then uses: distributions leave it out.
fn has_own_linker() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    let told = Command::new(rustc).args(["--print", "sysroot"]).output();
    let Ok(told) = told.map(|output| output.stdout) else {
        return false;
    };
    let sysroot = PathBuf::from(String::from_utf8_lossy(&told).trim());
    let linker = Path::new("lib/rustlib")
        .join(TARGET)
        .join("bin/gcc-ld/ld.lld");
    sysroot.join(linker).is_file()
}
