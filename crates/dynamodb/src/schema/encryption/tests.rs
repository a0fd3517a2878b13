use super::*;

fn specification(enabled: Option<bool>, kind: Option<SSEType>, key: &str) -> SSESpecification {
    SSESpecification {
        enabled,
        sse_type: kind,
        kms_master_key_id: (!key.is_empty()).then(|| key.to_owned()),
    }
}

/// What AWS's controller for Kubernetes has recorded of the service: findings DDB-TABLE-044 and
/// 442.
#[test]
fn what_switches_encryption_on() {
    let (kms, aes) = (Some(SSEType::Kms), Some(SSEType::Aes256));
    let (on, off) = (Some(true), Some(false));
    let key_of_disabled = SchemaError::KeyOfDisabled;
    for (given, expected) in [
        ((None, None, ""), Ok(false)),
        ((off, None, ""), Ok(false)),
        ((on, None, ""), Ok(true)),
        ((None, kms, ""), Ok(true)),
        ((on, kms, "alias/mine"), Ok(true)),
        ((off, kms, ""), Err(key_of_disabled("SSEType"))),
        (
            (off, None, "alias/mine"),
            Err(key_of_disabled("KMSMasterKeyId")),
        ),
        ((on, aes, ""), Err(SchemaError::EncryptionType)),
        ((on, None, "alias/mine"), Err(SchemaError::KeyWithoutType)),
    ] {
        let (enabled, kind, key) = given;
        let specification = specification(enabled, kind, key);
        assert_eq!(is_enabled(&specification), expected, "{specification:?}");
    }
}
