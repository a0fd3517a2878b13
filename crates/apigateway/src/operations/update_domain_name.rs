//! UpdateDomainName.

use super::require;
use crate::described::patched;
use crate::error::Error;
use crate::patch::{self, Patch};
use crate::record::{DomainName, Named};
use crate::shelf::Shelf;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::Enumeration;
use wire::apigateway::{
    DomainName as DomainNameShape, EndpointType, Op, SecurityPolicy, UpdateDomainNameInput,
};

impl Operate<Gateway> for UpdateDomainNameInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(patched(
            require(caller, "PATCH", &["domainnames", &self.domain_name]),
            self.patch_operations.as_ref(),
            &[
                ("/endpointConfiguration/types", "EndpointType"),
                ("/securityPolicy", "SecurityPolicy"),
                (
                    "/mutualTlsAuthentication/truststoreUri",
                    "MtlsTrustStoreUri",
                ),
                (
                    "/mutualTlsAuthentication/truststoreVersion",
                    "MtlsTrustStoreVersion",
                ),
            ],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<DomainNameShape, Error> {
        let (shelf, input) = (&Shelf::of(permit.caller()), &self);
        let domain = gateway
            .store
            .transact(|txn| async move {
                let mut domain: DomainName = shelf.load(&txn, &input.domain_name).await?;
                for patch in patch::read(input.patch_operations.clone())? {
                    apply(&mut domain, &patch)?;
                }
                shelf.save(&txn, &domain);
                Ok::<_, Error>(domain)
            })
            .await?;
        Ok(shape::domain_name(domain, permit.caller()))
    }
}

fn apply(domain: &mut DomainName, patch: &Patch) -> Result<(), Error> {
    let unknown = || patch.unknown_path();
    match (patch.op, patch.parts().as_slice()) {
        (Op::Replace, ["certificateName"]) => domain.certificate_name = patch.optional_text(),
        (Op::Replace, ["certificateArn"]) => domain.certificate_arn = patch.optional_text(),
        (Op::Replace, ["regionalCertificateName"]) => {
            domain.regional_certificate_name = patch.optional_text();
        }
        (Op::Replace, ["regionalCertificateArn"]) => {
            domain.regional_certificate_arn = patch.optional_text();
        }
        (Op::Replace, ["securityPolicy"]) => {
            let policy = SecurityPolicy::from_name(&patch.text());
            domain.security_policy = Named(policy.ok_or_else(unknown)?);
        }
        (Op::Replace, ["endpointConfiguration", "types", _]) => {
            let kind = EndpointType::from_name(&patch.text());
            domain.endpoint.kind = Named(kind.ok_or_else(unknown)?);
        }
        _ => return Err(unknown()),
    }
    Ok(())
}
