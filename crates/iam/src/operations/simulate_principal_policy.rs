//! SimulatePrincipalPolicy.

use crate::Iam;
use crate::error::Error;
use crate::page::Page;
use crate::simulation::{self, Simulation};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{SimulatePolicyResponse, SimulatePrincipalPolicyInput};

impl Operate<Iam> for SimulatePrincipalPolicyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let action = "iam:SimulatePrincipalPolicy";
        iam.about(caller, action, &self.policy_source_arn).await
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<SimulatePolicyResponse, Error> {
        if self.policy_exclusion_list.is_some() {
            return Err(Error::NotBuilt("PolicyExclusionList"));
        }
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let caller = permit.caller();
        let source = simulation::source(iam, caller, &self.policy_source_arn).await?;
        let mut identity = source.loaded.policies;
        let more = self.policy_input_list.unwrap_or_default();
        identity.extend(Simulation::given("PolicyInputList", &more)?);
        let given = self
            .permissions_boundary_policy_input_list
            .unwrap_or_default();
        let mut boundary = Simulation::given("PermissionsBoundaryPolicyInputList", &given)?;
        boundary.extend(source.loaded.boundary);
        let mut simulation = Simulation {
            principal: source.principal,
            identity,
            boundary,
            organization: iam.service_control.levels(caller.account).to_vec(),
            tells_organization: true,
            ..Simulation::default()
        };
        simulation.set_resource_policy(self.resource_policy.as_ref())?;
        simulation.set_parties(self.caller_arn.as_ref(), self.resource_owner.as_ref())?;
        simulation.set_context(self.context_entries.as_deref());
        simulation.run(&self.action_names, self.resource_arns.as_deref(), &page)
    }
}
