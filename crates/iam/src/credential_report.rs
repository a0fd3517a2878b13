//! The credential report: one line of comma-separated values for each user, as "Getting credential
//! reports for your AWS account" of the IAM user guide describes it.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::record::{AccessKey, Entity, KeyStatus, Kind, LoginProfile, SigningCertificate, User};
use crate::records::{Reader, Records};
use crate::signing_certificate;
use base::{Arn, Timestamp};

const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,\
    password_last_changed,password_next_rotation,mfa_active,access_key_1_active,\
    access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,\
    access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
    access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,\
    cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

const NONE: &str = "N/A";

/// # Errors
/// The store's.
pub(crate) async fn write<R: Reader>(iam: &Iam, records: &Records<R>) -> Result<String, Error> {
    let mut lines = vec![HEADER.to_owned(), root(records)];
    let under = keys::entities(Kind::User, records.account);
    let users: Vec<User> = records.all(&under).await?;
    for user in &users {
        lines.push(line(iam, records, user).await?);
    }
    Ok(lines.join("\n"))
}

/// The account's root has no password and no keys here.
fn root<R>(records: &Records<R>) -> String {
    let arn = Arn::global("iam", records.account, "root");
    let mut cells = vec![
        "<root_account>".to_owned(),
        arn.to_string(),
        NONE.to_owned(),
    ];
    cells.extend(
        [
            "not_supported",
            NONE,
            "not_supported",
            "not_supported",
            "false",
        ]
        .map(str::to_owned),
    );
    cells.extend(no_key());
    cells.extend(no_key());
    cells.extend(["false", NONE, "false", NONE].map(str::to_owned));
    cells.join(",")
}

fn no_key() -> [String; 5] {
    ["false", NONE, NONE, NONE, NONE].map(str::to_owned)
}

async fn line<R: Reader>(iam: &Iam, records: &Records<R>, user: &User) -> Result<String, Error> {
    let id = &user.head.id;
    let login: Option<LoginProfile> = records.read(&keys::login_profile(id)).await?;
    let mfa = records.any(&keys::mfa_devices_of(id)).await?;
    let password = match &login {
        Some(login) => [
            "true".to_owned(),
            "no_information".to_owned(),
            date(login.created_s),
            NONE.to_owned(),
        ],
        None => ["false", NONE, NONE, NONE].map(str::to_owned),
    };
    let mut cells = vec![
        user.head.name.clone(),
        user.arn(records.account).to_string(),
        date(user.head.created_s),
    ];
    cells.extend(password);
    cells.push(mfa.to_string());
    let mut key_ids = records.names(&keys::access_keys_of(id)).await?.into_iter();
    for _ in 0..2 {
        match key_ids.next() {
            Some(key_id) => cells.extend(key(iam, records, id, &key_id).await?),
            None => cells.extend(no_key()),
        }
    }
    let under = keys::signing_certificates(id);
    let certificates: Vec<SigningCertificate> = records.all(&under).await?;
    for number in 0..signing_certificate::MAX_PER_USER {
        cells.extend(match certificates.get(number) {
            Some(certificate) => {
                let active = certificate.status == KeyStatus::Active;
                [active.to_string(), date(certificate.created_s)]
            }
            None => ["false", NONE].map(str::to_owned),
        });
    }
    Ok(cells.join(","))
}

async fn key<R: Reader>(
    iam: &Iam,
    records: &Records<R>,
    user_id: &str,
    key_id: &str,
) -> Result<[String; 5], Error> {
    let Some(key) = records.read::<AccessKey>(&keys::access_key(key_id)).await? else {
        return Ok(no_key());
    };
    let active = (key.status == KeyStatus::Active).to_string();
    let made = date(key.created_s);
    Ok(match iam.last_use(key_id, user_id).await? {
        Some(last) => {
            let used = date(last.time().as_secs());
            [active, made, used, last.region, last.service]
        }
        None => [
            active,
            made,
            NONE.to_owned(),
            NONE.to_owned(),
            NONE.to_owned(),
        ],
    })
}

/// `2026-01-31T00:00:00+00:00`.
fn date(seconds: i64) -> String {
    let text = Timestamp::from_secs(seconds).iso8601();
    format!("{}+00:00", text.trim_end_matches('Z'))
}
