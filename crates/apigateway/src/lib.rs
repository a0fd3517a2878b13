//! API Gateway: the control plane of REST APIs and the data plane that serves them.

pub mod exchange;
pub mod java_regex;
pub mod json;
pub mod jsonpath;
pub mod mapping;
pub mod mapping_template;
pub mod router;
pub mod template;
