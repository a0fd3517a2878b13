//! GetSessionToken.

use crate::error::Error;
use crate::record::SessionOf;
use crate::sts::{Sts, credentials, seconds};
use service::{Caller, Operate, Permit, Principal, Requirement};
use wire::sts::{GetSessionTokenInput, GetSessionTokenOutput};

const DEFAULT_S: i32 = 43_200;
/// The longest session of the account's root.
const ROOT_MAX_S: i32 = 3_600;

impl Operate<Sts> for GetSessionTokenInput {
    /// None: whoever has long-term keys may have a session of them.
    async fn requirements(&self, _: &Sts, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(Vec::new())
    }

    async fn operate(self, sts: &Sts, permit: &Permit) -> Result<GetSessionTokenOutput, Error> {
        if self.minimum_session_token_size.is_some() {
            return Err(Error::NotBuilt("MinimumSessionTokenSize"));
        }
        let asked_s = self.duration_seconds.unwrap_or(DEFAULT_S);
        let caller = permit.caller();
        let (serial, code) = (self.serial_number.as_deref(), self.token_code.as_deref());
        let factor = sts.iam.second_factor(caller, serial, code).await?;
        let (of, duration_s) = match &caller.principal {
            Principal::User {
                id, session: false, ..
            } => {
                let of = SessionOf::User {
                    id: id.clone(),
                    mfa_ms: factor.map(base::Timestamp::as_millis),
                };
                (of, asked_s)
            }
            Principal::Root => (SessionOf::Root, asked_s.min(ROOT_MAX_S)),
            Principal::User { .. } | Principal::Role(_) | Principal::Federated(_) => {
                return Err(Error::SessionWithinSession);
            }
            Principal::Service { .. } | Principal::Anonymous => return Err(Error::NoIdentity),
        };
        let session = sts
            .iam
            .mint(caller.account, of, seconds(duration_s))
            .await?;
        Ok(GetSessionTokenOutput {
            credentials: Some(credentials(session)),
            ..GetSessionTokenOutput::default()
        })
    }
}
