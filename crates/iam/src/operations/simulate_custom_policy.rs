//! SimulateCustomPolicy.

use crate::Iam;
use crate::error::Error;
use crate::gate::on_account;
use crate::page::Page;
use crate::simulation::Simulation;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{SimulateCustomPolicyInput, SimulatePolicyResponse};

impl Operate<Iam> for SimulateCustomPolicyInput {
    async fn requirements(&self, _: &Iam, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_account("iam:SimulateCustomPolicy"))
    }

    async fn operate(self, _: &Iam, _: &Permit) -> Result<SimulatePolicyResponse, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let boundary = self
            .permissions_boundary_policy_input_list
            .unwrap_or_default();
        let mut simulation = Simulation {
            identity: Simulation::given("PolicyInputList", &self.policy_input_list)?,
            boundary: Simulation::given("PermissionsBoundaryPolicyInputList", &boundary)?,
            ..Simulation::default()
        };
        simulation.set_organization(self.ordered_organization_policy_input_list.as_deref())?;
        simulation.set_resource_policy(self.resource_policy.as_ref())?;
        simulation.set_parties(self.caller_arn.as_ref(), self.resource_owner.as_ref())?;
        simulation.set_context(self.context_entries.as_deref());
        simulation.run(&self.action_names, self.resource_arns.as_deref(), &page)
    }
}
