use super::*;
use crate::document::Source;
use crate::template::Template;
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;

/// Packages the function of a template whose folder is `root`.
async fn package(root: &Path, attributes: &str) -> Result<Bytes, String> {
    let text = format!("Resources:\n  F: {{Type: X, {attributes}}}");
    let template = Template::parse(
        &Source::new("t.yaml", text),
        std::path::Path::new("nowhere"),
        &mut Vec::new(),
    )
    .unwrap();
    let function = template.resource("F").unwrap();
    let progress = Progress::new(&|_| {});
    let packager = Packager {
        root,
        cache: &root.join("cache"),
        progress: &progress,
    };
    match packager.package(function, &function.properties).await {
        Ok(package) => Ok(package.unwrap()),
        Err(error) => Err(error.to_string()),
    }
}

/// Names with permissions and contents, in the order of the zip.
fn entries(zip: &[u8]) -> Vec<String> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
    let all = (0..archive.len()).map(|at| {
        let mut file = archive.by_index(at).unwrap();
        let mut content = String::new();
        file.read_to_string(&mut content).unwrap();
        let mode = file.unix_mode().unwrap() & 0o777;
        format!("{} {mode:o} {content}", file.name().unwrap())
    });
    all.collect()
}

fn write(root: &Path, name: &str, content: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

#[tokio::test]
async fn a_folder_is_the_same_zip_every_time() {
    let root = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("src/b/data.txt", "data"),
        ("src/app.py", "code"),
        ("src/tool", "run"),
        ("src/__pycache__/app.pyc", "no"),
        ("src/.git/config", "no"),
        ("src/requirements.txt", "boto3\n"),
    ] {
        write(root.path(), name, content);
    }
    let tool = root.path().join("src/tool");
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o700)).unwrap();
    let properties = "Properties: {Code: src, Runtime: python3.12}";
    let first = package(root.path(), properties).await.unwrap();
    let expected = [
        "app.py 644 code",
        "b/data.txt 644 data",
        "requirements.txt 644 boto3\n",
        "tool 755 run",
    ];
    assert_eq!(entries(&first), expected);
    write(root.path(), "src/app.py", "code");
    assert_eq!(package(root.path(), properties).await.unwrap(), first);
    write(root.path(), "src/app.py", "Code");
    assert_ne!(package(root.path(), properties).await.unwrap(), first);
}

#[tokio::test]
async fn inline_code_and_zips() {
    let root = tempfile::tempdir().unwrap();
    let inline =
        |runtime: &str| format!("Properties: {{Code: {{ZipFile: x}}, Runtime: {runtime}}}");
    let python = package(root.path(), &inline("python3.12")).await.unwrap();
    assert_eq!(entries(&python), ["index.py 644 x"]);
    let node = package(root.path(), &inline("nodejs20.x")).await.unwrap();
    assert_eq!(entries(&node), ["index.js 644 x"]);
    assert_eq!(
        package(root.path(), &inline("provided.al2023")).await,
        Err("ZipFile with the runtime \"provided.al2023\" is not supported".to_owned())
    );
    write(root.path(), "code.zip", "as it is");
    let zip = package(root.path(), "Properties: {Code: code.zip}").await;
    assert_eq!(zip.unwrap().as_ref(), b"as it is");
    write(root.path(), "code.py", "x");
    let error = package(root.path(), "Properties: {Code: code.py}")
        .await
        .unwrap_err();
    assert!(
        error.starts_with("code in a file that is no zip ("),
        "{error}"
    );
    let error = package(root.path(), "Properties: {Code: nowhere}")
        .await
        .unwrap_err();
    assert!(
        error.ends_with("cannot be read: No such file or directory (os error 2)"),
        "{error}"
    );
}

#[tokio::test]
async fn modules_are_installed_where_they_are_missing() {
    let root = tempfile::tempdir().unwrap();
    let properties = "Properties: {Code: ., Runtime: nodejs20.x}";
    let manifest = |dependencies: &str| {
        let text = format!(r#"{{"name": "x", "dependencies": {{{dependencies}}}}}"#);
        write(root.path(), "package.json", &text);
    };
    // The runtime has them.
    manifest(r#""@aws-sdk/client-dynamodb": "3""#);
    let packed = package(root.path(), properties).await.unwrap();
    assert_eq!(entries(&packed).len(), 1);
    manifest(r#""a": "file:nowhere.tgz""#);
    write(root.path(), "node_modules/a/index.js", "x");
    let packed = package(root.path(), properties).await.unwrap();
    assert_eq!(entries(&packed).len(), 2);
    std::fs::remove_dir_all(root.path().join("node_modules")).unwrap();
    let error = package(root.path(), properties).await.unwrap_err();
    assert!(error.contains("npm install --omit=dev"), "{error}");
}

#[tokio::test]
async fn build_methods_are_known() {
    let root = tempfile::tempdir().unwrap();
    let attributes = "Properties: {Code: .}, Metadata: {BuildMethod: gradle}";
    assert_eq!(
        package(root.path(), attributes).await,
        Err(
            "BuildMethod must be rust-cargolambda, esbuild, makefile or a Python or Node.js \
             runtime, not \"gradle\""
                .to_owned()
        )
    );
}

#[tokio::test]
async fn a_rust_function_is_built() {
    let root = tempfile::tempdir().unwrap();
    let attributes = "Properties: {Code: .}, Metadata: {BuildMethod: rust-cargolambda}";
    let error = package(root.path(), attributes).await.unwrap_err();
    assert!(error.contains("could not find `Cargo.toml`"), "{error}");
    let manifest =
        "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";
    write(root.path(), "Cargo.toml", manifest);
    write(root.path(), "src/main.rs", "fn main() { nonsense }");
    let error = package(root.path(), attributes).await.unwrap_err();
    assert!(error.contains("cannot find value `nonsense`"), "{error}");
    write(root.path(), "src/main.rs", "fn main() {}");
    let zip = package(root.path(), attributes).await.unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&zip[..])).unwrap();
    let file = archive.by_index(0).unwrap();
    assert_eq!(
        (&*file.name().unwrap(), file.unix_mode()),
        ("bootstrap", Some(0o100_755))
    );
}

#[tokio::test]
async fn make_builds_what_its_target_says() {
    let root = tempfile::tempdir().unwrap();
    let attributes = "Properties: {Code: src}, Metadata: {BuildMethod: makefile}";
    write(
        root.path(),
        "src/Makefile",
        "build-F:\n\tcp app.py $(ARTIFACTS_DIR)\n",
    );
    write(root.path(), "src/app.py", "code");
    let packed = package(root.path(), attributes).await.unwrap();
    assert_eq!(entries(&packed), ["app.py 644 code"]);
    write(root.path(), "src/Makefile", "build-G:\n");
    let error = package(root.path(), attributes).await.unwrap_err();
    assert!(error.contains("`make build-F` failed"), "{error}");
}

#[tokio::test]
async fn esbuild_bundles_with_sam_s_defaults() {
    let root = tempfile::tempdir().unwrap();
    let program =
        "#!/bin/sh\nfor last; do :; done\nprintf '%s' \"$*\" > \"${last#--outdir=}/out.js\"\n";
    write(
        root.path(),
        "src/package.json",
        r#"{"devDependencies": {"esbuild": "0"}}"#,
    );
    write(root.path(), "src/node_modules/.bin/esbuild", program);
    let path = root.path().join("src/node_modules/.bin/esbuild");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    for (properties, expected) in [
        (
            "{EntryPoints: [a.ts, b.ts], External: ['@aws-sdk/*'], OutExtension: [.js=.mjs], Format: esm}",
            "a.ts b.ts --bundle --platform=node --minify --target=es2020 --format=esm \
             --external:@aws-sdk/* --out-extension:.js=.mjs --outdir=",
        ),
        (
            "{Minify: false, Target: es2022, Sourcemap: true}",
            "app.ts --bundle --platform=node --target=es2022 --format=cjs --sourcemap --outdir=",
        ),
    ] {
        let attributes = format!(
            "Properties: {{Code: src}}, Metadata: {{BuildMethod: esbuild, BuildProperties: {properties}}}"
        );
        let packed = package(root.path(), &attributes).await.unwrap();
        let made = entries(&packed).concat();
        let made = made.strip_prefix("out.js 644 ").unwrap();
        assert!(made.starts_with(expected), "{made}");
    }
}

#[tokio::test]
async fn what_is_built_stays_as_it_is() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "src/app.py", "code");
    write(root.path(), "src/requirements.txt", "no such package\n");
    let attributes = "Properties: {Code: src, Runtime: python3.12}, \
                      Metadata: {SamResourceId: F, BuildMethod: gradle}";
    let packed = package(root.path(), attributes).await.unwrap();
    assert_eq!(entries(&packed).len(), 2);
}
