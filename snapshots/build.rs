//! Lists the files under `exchanges/`, so that the program embeds them all.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a build script gets its paths from the environment, reads and writes files, and prints to cargo"
)]

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("exchanges");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut rows = Vec::new();
    for service in entries(&folder)? {
        println!("cargo::rerun-if-changed={}", service.display());
        for file in entries(&service)?.into_iter().filter(|path| path.extension().is_some_and(|it| it == "snap")) {
            let name =
                |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            rows.push(format!(
                "({:?}, {:?}, include_str!({:?})),\n",
                name(&service),
                name(&file),
                file.canonicalize()?
            ));
        }
    }
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("exchanges.rs"), format!("&[\n{}]", rows.concat()))
}

/// Returns the entries of a folder, sorted; an empty list if the folder does not exist.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let read = match fs::read_dir(folder) {
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths = read.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
