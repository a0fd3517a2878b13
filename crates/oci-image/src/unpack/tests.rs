use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::os::unix::fs::PermissionsExt;
use tar::{Builder, Header};
use tempfile::TempDir;

/// An entry of a layer, as raw as an attacker writes it.
enum Made<'a> {
    Folder(&'a str),
    File(&'a str, &'a str),
    Symlink(&'a str, &'a str),
    Link(&'a str, &'a str),
}
use Made::{File as F, Folder, Link, Symlink};

fn layer(entries: &[Made<'_>]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for entry in entries {
        let mut header = Header::new_ustar();
        let (kind, name, to, content) = match entry {
            Folder(name) => (EntryType::Directory, name, "", ""),
            F(name, content) => (EntryType::Regular, name, "", *content),
            Symlink(name, to) => (EntryType::Symlink, name, *to, ""),
            Link(name, to) => (EntryType::Link, name, *to, ""),
        };
        let raw = header.as_ustar_mut().unwrap();
        raw.name[..name.len()].copy_from_slice(name.as_bytes());
        raw.linkname[..to.len()].copy_from_slice(to.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(0o4755);
        header.set_mtime(1_000_000_000);
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append(&header, content.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

fn unpack(layers: &[Vec<u8>], max_bytes: u64) -> (TempDir, Result<u64, UnpackError>) {
    let folder = tempfile::tempdir().unwrap();
    let result = (|| {
        let mut unpacking = Unpacking::new(&folder.path().join("root"), max_bytes)?;
        for layer in layers {
            unpacking.layer(&mut layer.as_slice())?;
        }
        unpacking.finish()
    })();
    (folder, result)
}

/// Unpacks what is valid, and answers the root with the names of its files and their content.
fn check(layers: &[&[Made<'_>]], expected: &[(&str, &str)]) -> TempDir {
    let layers: Vec<_> = layers.iter().map(|entries| layer(entries)).collect();
    let (folder, result) = unpack(&layers, 1000);
    result.unwrap();
    let root = folder.path().join("root");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().to_owned();
            if path.is_symlink() || FILES.iter().any(|file| name == Path::new(file)) {
                continue;
            } else if path.is_dir() {
                folders.push(path);
            } else {
                let name = name.display().to_string();
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    found.sort();
    let found: Vec<_> = found
        .iter()
        .map(|(n, c)| (n.as_str(), c.as_str()))
        .collect();
    assert_eq!(found, expected);
    folder
}

#[test]
fn layers_lie_over_each_other() {
    check(
        &[
            &[Folder("a/"), F("a/x", "1"), F("./b/c/y", "2"), F("z", "3")],
            &[F("a/x", "4"), Link("w", "z"), F("/b", "5")],
        ],
        &[("a/x", "4"), ("b", "5"), ("w", "3"), ("z", "3")],
    );
}

#[test]
fn whiteouts_hide_what_is_below_only() {
    check(
        &[
            &[F("a/x", "1"), F("a/y", "2"), F("b/x", "3"), F("c/d/x", "4")],
            &[
                F("a/.wh.x", ""),
                F("b/new", "5"),
                F("b/.wh..wh..opq", ""),
                F("c/d/kept", "6"),
                F("c/.wh.d", ""),
                F(".wh.missing", ""),
            ],
        ],
        &[("a/y", "2"), ("b/new", "5"), ("c/d/kept", "6")],
    );
}

#[test]
fn links_are_followed_within_the_root() {
    let folder = check(
        &[
            &[
                Folder("usr/lib"),
                Symlink("lib", "usr/lib"),
                Symlink("abs", "/usr"),
            ],
            &[F("lib/x", "1"), F("abs/y", "2")],
        ],
        &[("usr/lib/x", "1"), ("usr/y", "2")],
    );
    assert!(folder.path().join("root/lib").is_symlink());
}

#[test]
fn nothing_is_written_outside() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("kept"), "kept").unwrap();
    let away = outside.path().to_str().unwrap();
    let climbing = format!("../../../../../../..{away}");
    for target in [away, climbing.as_str()] {
        let entries = [Symlink("l", target), F("l/out", "x"), F("l/.wh.kept", "")];
        // Refused, or written below the root.
        let _ = unpack(&[layer(&entries)], 1000);
        let entries = [Symlink("l", target), F("l/.wh..wh..opq", "")];
        let _ = unpack(&[layer(&entries)], 1000);
        let entries = [Symlink("l", target), Link("copy", "l/kept")];
        let (folder, _) = unpack(&[layer(&entries)], 1000);
        assert!(!folder.path().join("root/copy").exists());
    }
    let left: Vec<_> = fs::read_dir(&outside).unwrap().collect();
    assert_eq!(left.len(), 1);
}

#[test]
fn what_is_refused() {
    let check = |bytes: Vec<u8>, is_expected: fn(&UnpackError) -> bool| {
        let error = unpack(&[bytes], 1000).1.unwrap_err();
        assert!(is_expected(&error), "{error:?}");
    };
    let is_layer = |error: &UnpackError| matches!(error, UnpackError::Layer);
    check(layer(&[F("../out", "x")]), is_layer);
    check(layer(&[F("a/../../out", "x")]), is_layer);
    check(layer(&[Link("x", "../../etc/passwd")]), is_layer);
    check(layer(&[Link("x", "missing")]), is_layer);
    check(layer(&[F("f", "x"), F("f/below", "x")]), is_layer);
    check(layer(&[Symlink("l", "l"), F("l/below", "x")]), is_layer);
    check(layer(&[F("a/.wh.", "x")]), is_layer);
    check(layer(&[F("a/.wh...", "x")]), is_layer);
    check(vec![7; 2000], is_layer);
    check(layer(&[F("f", &"x".repeat(1001))]), |error| {
        matches!(error, UnpackError::TooLarge(1000))
    });
}

#[test]
fn modes_times_and_compression() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&layer(&[F("f", "1")])).unwrap();
    let (folder, result) = unpack(&[gzip.finish().unwrap()], 1000);
    assert_eq!(result.unwrap(), 1);
    let found = folder.path().join("root/f").metadata().unwrap();
    // Nothing gives privileges.
    assert_eq!(found.permissions().mode() & 0o7777, 0o755);
    let modified = found.modified().unwrap();
    let since = modified.duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(since.as_secs(), 1_000_000_000);
}

#[test]
fn places_to_put_something_over_are_nothing_else() {
    let away = tempfile::tempdir().unwrap();
    let target = away.path().to_str().unwrap();
    let entries = [
        Symlink("etc", target),
        Symlink("tmp", "/"),
        F("proc", "x"),
        Symlink("dev", "d"),
    ];
    let (folder, result) = unpack(&[layer(&entries)], 1000);
    result.unwrap();
    let kind = |name: &str| {
        folder
            .path()
            .join("root")
            .join(name)
            .symlink_metadata()
            .unwrap()
    };
    assert!(FOLDERS.iter().all(|name| kind(name).is_dir()));
    assert!(FILES.iter().all(|name| kind(name).is_file()));
    assert_eq!(fs::read_dir(&away).unwrap().count(), 0);
}
