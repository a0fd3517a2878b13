use super::*;
use tempfile::tempdir;

#[test]
fn a_second_process_is_refused_by_name() {
    let dir = tempdir().unwrap();
    let first = Folder::open(dir.path(), "one").unwrap();
    let error = Folder::open(dir.path(), "one").unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the data folder {} is in use by process {}",
            first.path().display(),
            std::process::id()
        )
    );
    drop(first);
    Folder::open(dir.path(), "one").unwrap();
}

#[test]
fn a_process_being_started_does_not_keep_the_lock() {
    let dir = tempdir().unwrap();
    let first = Folder::open(dir.path(), "one").unwrap();
    let inherited = first._lock.0.try_clone().unwrap();
    drop(first);
    Folder::open(dir.path(), "one").unwrap();
    drop(inherited);
}

#[test]
fn a_start_that_was_cut_short_begins_again() {
    let dir = tempdir().unwrap();
    let folder = Folder::open(dir.path(), "one").unwrap();
    assert!(folder.is_new());
    fs::write(folder.engine_path().join("half"), b"x").unwrap();
    drop(folder);

    let mut folder = Folder::open(dir.path(), "one").unwrap();
    assert!(folder.is_new());
    assert!(!folder.engine_path().join("half").exists());
    fs::write(folder.engine_path().join("whole"), b"x").unwrap();
    folder.mark_ready().unwrap();
    drop(folder);

    let folder = Folder::open(dir.path(), "one").unwrap();
    assert!(!folder.is_new());
    assert!(folder.engine_path().join("whole").exists());
}

#[test]
fn an_unfinished_start_of_another_engine_is_no_obstacle() {
    let dir = tempdir().unwrap();
    drop(Folder::open(dir.path(), "one").unwrap());
    let folder = Folder::open(dir.path(), "two").unwrap();
    assert!(folder.is_new());
    assert!(!dir.path().join("one").exists());
}

#[test]
fn data_of_another_engine_is_left_alone() {
    let dir = tempdir().unwrap();
    Folder::open(dir.path(), "one")
        .unwrap()
        .mark_ready()
        .unwrap();
    let error = Folder::open(dir.path(), "two").unwrap_err();
    assert!(matches!(error, OpenError::OtherEngine { found, .. } if found == "one"));
    assert!(dir.path().join("one").exists());
}

#[test]
fn what_is_not_understood_is_left_alone() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join(STORE_FILE), "kv-store-9 one ready\n").unwrap();
    let error = Folder::open(dir.path(), "one").unwrap_err();
    assert!(matches!(error, OpenError::Unknown { .. }));

    fs::remove_file(dir.path().join(STORE_FILE)).unwrap();
    fs::create_dir(dir.path().join("one")).unwrap();
    let error = Folder::open(dir.path(), "one").unwrap_err();
    assert!(matches!(error, OpenError::Unmarked { .. }));
    assert!(dir.path().join("one").exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let dir = tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, b"x").unwrap();
    let error = Folder::open(&file, "one").unwrap_err();
    assert!(error.to_string().contains(&file.display().to_string()));
}

#[test]
fn nobody_else_may_look() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempdir().unwrap();
    let folder = Folder::open(&dir.path().join("some/data"), "one").unwrap();
    for path in [folder.path().to_owned(), folder.engine_path()] {
        assert_eq!(
            fs::metadata(path).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }
}
