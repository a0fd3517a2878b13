//! Where the code of a request is: in the request, in the folder that stands for S3, or in a folder
//! of the machine.

use super::{Upload, image};
use crate::error::{Error, Invalid};
use bytes::Bytes;
use s3_folder::{Folder, GetError, S3Error};
use service::Requirement;
use std::path::PathBuf;
use wire::lambda::{FunctionCode, LayerVersionContentInput};

/// The bucket that stands for the machine's own folders.
const HOT_BUCKET: &str = "hot-reload";

/// What fits into one transaction, with some room.
const MAX_OBJECT_BYTES: u64 = 120 << 20;

/// Whether functions may run in folders of the machine and from images there: whoever may create functions can then
/// read what the server can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HotFolders {
    Allowed,
    Refused,
}

/// Where code may come from, other than requests.
#[derive(Clone, Debug)]
pub struct CodePlaces {
    pub buckets: Folder,
    pub hot_folders: HotFolders,
}

/// What a request says of its code.
#[derive(Debug)]
pub(crate) enum Source<'r> {
    Zip(&'r Bytes),
    Object(Object<'r>),
    /// A function's folder, used as it is.
    HotFolder(PathBuf),
    /// A container image.
    Image(&'r str),
}

#[derive(Debug)]
pub(crate) struct Object<'r> {
    bucket: &'r str,
    key: &'r str,
}

/// The members that functions' and layers' code have in common.
struct Members<'r> {
    zip: Option<&'r Bytes>,
    bucket: Option<&'r str>,
    key: Option<&'r str>,
    version: Option<&'r str>,
}

impl<'r> Source<'r> {
    pub fn of_function(code: &'r FunctionCode) -> Result<Source<'r>, Error> {
        if let Some(uri) = &code.image_uri {
            return Ok(Source::Image(uri));
        }
        let members = Members {
            zip: code.zip_file.as_ref(),
            bucket: code.s3_bucket.as_deref(),
            key: code.s3_key.as_deref(),
            version: code.s3_object_version.as_deref(),
        };
        match members.source()? {
            Source::Object(Object { bucket, key }) if bucket == HOT_BUCKET => {
                Ok(Source::HotFolder(key.into()))
            }
            source => Ok(source),
        }
    }

    pub fn of_layer(content: &'r LayerVersionContentInput) -> Result<Source<'r>, Error> {
        let members = Members {
            zip: content.zip_file.as_ref(),
            bucket: content.s3_bucket.as_deref(),
            key: content.s3_key.as_deref(),
            version: content.s3_object_version.as_deref(),
        };
        members.source()
    }

    /// Lambda reads objects in the caller's name.
    pub fn requirement(&self) -> Option<Requirement> {
        let Source::Object(Object { bucket, key }) = self else {
            return None;
        };
        let arn = format!("arn:aws:s3:::{bucket}/{key}");
        Some(Requirement::new("s3:GetObject", arn))
    }

    pub async fn read(&self, places: &CodePlaces) -> Result<Upload, Error> {
        match self {
            Source::Zip(zip) => Ok(Upload::new(Bytes::clone(zip))),
            Source::Object(object) => object.read(&places.buckets).await,
            Source::HotFolder(path) => match places.hot_folders {
                HotFolders::Allowed => Upload::folder(path.clone()),
                HotFolders::Refused => Err(not_built("code in folders needs --hot-reload")),
            },
            // Whose files they are, only the server knows: as with folders.
            Source::Image(uri) => {
                let reference = image::reference(uri)?;
                match places.hot_folders {
                    HotFolders::Allowed => image::find(uri, reference).await,
                    HotFolders::Refused => Err(not_built("images need --hot-reload")),
                }
            }
        }
    }
}

impl<'r> Members<'r> {
    fn source(self) -> Result<Source<'r>, Error> {
        let is_elsewhere = self.bucket.is_some() || self.key.is_some();
        match (self.zip, self.bucket, self.key) {
            (Some(_), ..) if is_elsewhere => Err(Invalid::CodeSources.into()),
            (Some(zip), ..) => Ok(Source::Zip(zip)),
            (None, Some(_), Some(_)) if self.version.is_some() => Err(not_built(
                "S3ObjectVersion is not built: a folder has no versions",
            )),
            (None, Some(bucket), Some(key)) => Ok(Source::Object(Object { bucket, key })),
            _ => Err(Invalid::NoCode.into()),
        }
    }
}

impl Object<'_> {
    async fn read(&self, buckets: &Folder) -> Result<Upload, Error> {
        let zip = buckets.get(self.bucket, self.key, MAX_OBJECT_BYTES);
        let refused = |code, message: String| Error::from(Invalid::GetObject { code, message });
        match zip.await {
            Ok(zip) => Ok(Upload::new(zip.into())),
            Err(GetError::TooLarge(_)) => Err(not_built("zip files beyond 120 MiB are not built")),
            Err(missing @ GetError::NoKey) => Err(refused("NoSuchKey", missing.to_string())),
            Err(GetError::S3(missing @ S3Error::NoBucket)) => {
                Err(refused("NoSuchBucket", missing.to_string()))
            }
            // No object has such a key here.
            Err(GetError::S3(S3Error::Key(_))) => {
                Err(refused("NoSuchKey", GetError::NoKey.to_string()))
            }
            Err(GetError::S3(error @ S3Error::File { .. })) => {
                tracing::error!(%error, "an object cannot be read");
                Err(refused(
                    "InternalError",
                    "We encountered an internal error.".to_owned(),
                ))
            }
        }
    }
}

fn not_built(what: &str) -> Error {
    Error::NotBuilt(format!("Lambda: {what}"))
}
