//! The keys of API Gateway's records; `docs/keyspace.md` has them byte by byte.

use base::{AccountId, Region};
use bytes::Bytes;
use kv::KeyRange;
use kv::Space;
use kv::key::KeyWriter;

use crate::record::HttpMethod;
use crate::shelf::Shelf;

/// An API of an account in a region: what nearly every key starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    pub account: AccountId,
    pub region: Region,
    pub api_id: String,
}

/// Which state of an API a part belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State<'a> {
    /// What operations change.
    Draft,
    /// What a deployment has kept.
    Deployed(&'a str),
}

/// Where the API of this id lives.
pub fn home(api_id: &str) -> Bytes {
    space().text("home").text(api_id).finish()
}

/// Where the domain name lives.
pub fn domain_home(name: &str) -> Bytes {
    space().text("domainhome").text(name).finish()
}

/// All APIs of an account in a region.
pub fn apis(account: AccountId, region: &Region) -> KeyRange {
    space()
        .text("api")
        .account(account)
        .text(region.as_str())
        .range()
}

/// The settings of an account in a region.
pub fn account(account: AccountId, region: &Region) -> Bytes {
    space()
        .text("account")
        .account(account)
        .text(region.as_str())
        .finish()
}

fn space() -> KeyWriter {
    KeyWriter::new(Space::ApiGateway)
}

impl Scope {
    fn of(&self, kind: &str) -> KeyWriter {
        space()
            .text(kind)
            .account(self.account)
            .text(self.region.as_str())
            .text(&self.api_id)
    }

    pub fn api(&self) -> Bytes {
        self.of("api").finish()
    }

    pub fn deployment(&self, id: &str) -> Bytes {
        self.of("deployment").text(id).finish()
    }

    pub fn deployments(&self) -> KeyRange {
        self.of("deployment").range()
    }

    pub fn stage(&self, name: &str) -> Bytes {
        self.of("stage").text(name).finish()
    }

    pub fn stages(&self) -> KeyRange {
        self.of("stage").range()
    }

    /// Every part of the API in this state.
    pub fn parts(&self, state: State<'_>) -> KeyRange {
        self.state(state).range()
    }

    /// Every part of the API in every state.
    pub fn all_parts(&self) -> KeyRange {
        self.of("part").range()
    }

    fn state(&self, state: State<'_>) -> KeyWriter {
        let parts = self.of("part");
        match state {
            State::Draft => parts.text(""),
            State::Deployed(id) => parts.text(id),
        }
    }

    fn part(&self, state: State<'_>, kind: Part) -> KeyWriter {
        self.state(state).byte(kind.byte())
    }

    /// The API itself, as a deployment has kept it.
    pub fn kept_api(&self, deployment_id: &str) -> Bytes {
        self.part(State::Deployed(deployment_id), Part::Api)
            .finish()
    }

    pub fn resource(&self, state: State<'_>, id: &str) -> Bytes {
        self.part(state, Part::Resource).text(id).finish()
    }

    pub fn resources(&self, state: State<'_>) -> KeyRange {
        self.part(state, Part::Resource).range()
    }

    pub fn method(&self, state: State<'_>, resource_id: &str, method: HttpMethod) -> Bytes {
        self.part(state, Part::Method)
            .text(resource_id)
            .text(method.as_str())
            .finish()
    }

    pub fn methods(&self, state: State<'_>) -> KeyRange {
        self.part(state, Part::Method).range()
    }

    pub fn methods_of(&self, state: State<'_>, resource_id: &str) -> KeyRange {
        self.part(state, Part::Method).text(resource_id).range()
    }

    pub fn model(&self, state: State<'_>, name: &str) -> Bytes {
        self.part(state, Part::Model).text(name).finish()
    }

    pub fn models(&self, state: State<'_>) -> KeyRange {
        self.part(state, Part::Model).range()
    }

    pub fn validator(&self, state: State<'_>, id: &str) -> Bytes {
        self.part(state, Part::Validator).text(id).finish()
    }

    pub fn validators(&self, state: State<'_>) -> KeyRange {
        self.part(state, Part::Validator).range()
    }

    pub fn authorizer(&self, state: State<'_>, id: &str) -> Bytes {
        self.part(state, Part::Authorizer).text(id).finish()
    }

    pub fn authorizers(&self, state: State<'_>) -> KeyRange {
        self.part(state, Part::Authorizer).range()
    }

    /// Where what belongs to the API and is no part of it is kept.
    pub fn shelf(&self) -> Shelf {
        Shelf::at(self.account, &self.region).within(&self.api_id)
    }

    pub fn gateway_response(&self, state: State<'_>, kind: &str) -> Bytes {
        self.part(state, Part::GatewayResponse).text(kind).finish()
    }

    pub fn gateway_responses(&self, state: State<'_>) -> KeyRange {
        self.part(state, Part::GatewayResponse).range()
    }
}

/// The kinds of parts an API consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Api,
    Resource,
    Method,
    Model,
    Validator,
    GatewayResponse,
    Authorizer,
}

impl Part {
    fn byte(self) -> u8 {
        match self {
            Part::Api => 1,
            Part::Resource => 2,
            Part::Method => 3,
            Part::Model => 4,
            Part::Validator => 5,
            Part::GatewayResponse => 6,
            Part::Authorizer => 7,
        }
    }

    pub fn from_byte(byte: u8) -> Option<Part> {
        Some(match byte {
            1 => Part::Api,
            2 => Part::Resource,
            3 => Part::Method,
            4 => Part::Model,
            5 => Part::Validator,
            6 => Part::GatewayResponse,
            7 => Part::Authorizer,
            _ => return None,
        })
    }
}
