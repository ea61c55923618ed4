//! Compiles the public contract with protox: no protoc is needed on the user's machine.

use std::{env, error::Error, fs, path::PathBuf};

const FILES: [&str; 20] = [
    "place",
    "region",
    "catalog",
    "fleet",
    "stock",
    "promise",
    "job",
    "dispatch",
    "booking",
    "progress",
    "manual",
    "offer",
    "move",
    "eta",
    "clock",
    "event",
    "watch",
    "notification",
    "planning",
    "coverage",
];

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = FILES.iter().map(|f| format!("callout/v1/{f}.proto")).collect();
    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_source_info(true).include_imports(true).open_files(&files)?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("callout.v1.bin"), compiler.encode_file_descriptor_set())?;
    tonic_prost_build::configure().compile_fds(compiler.file_descriptor_set())?;
    println!("cargo:rerun-if-changed=proto");
    Ok(())
}
