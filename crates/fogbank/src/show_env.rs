//! `fogbank env`: what points AWS clients at the server, as shell commands.

use crate::cli::ClientArgs;

/// Lines to be read by `eval`.
pub fn lines(arguments: &ClientArgs) -> String {
    format!(
        "export AWS_ENDPOINT_URL={}\n\
         export AWS_ACCESS_KEY_ID=test\n\
         export AWS_SECRET_ACCESS_KEY=test\n\
         export AWS_DEFAULT_REGION={region}\n\
         export AWS_REGION={region}\n",
        arguments.endpoint.trim_end_matches('/'),
        region = arguments.region,
    )
}
