//! The document of the API, made from its handlers: OpenAPI 3.1.

use std::sync::LazyLock;

use axum::response::Response;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, HeaderBuilder, InfoBuilder, LicenseBuilder, ObjectBuilder, OpenApi,
    OpenApiBuilder, Ref, RefOr, ResponseBuilder, Type,
};

use super::ROOT;
use super::accept::JSON;
use super::answer::Wanted;
use super::asked::{Asked, Nothing};
use super::described;
use crate::publish::problem::{Body, Problem};

/// What kinds of things there are.
const TAGS: [(&str, &str); 7] = [
    ("payouts", "What is owed, and what was said before"),
    ("policies", "What is insured, and the readings behind it"),
    ("determinations", "One entry of the ledger: why, and its proof"),
    ("log", "The signed log, for whoever keeps it too"),
    ("events", "What comes, as it comes"),
    ("health", "How feeds do, and what deserves a look; for who sees everything"),
    ("acts", "What persons have signed; for operators"),
];

const ABOUT: &str = "What an index-insurance oracle has determined, for those who may see it. Whatever a token does not see \
    does not exist for its holder: the answer is the same. Money is a decimal as text, and a whole number of minor units \
    beside it; a value that is not there is null, never zero. Instants are RFC 3339 in UTC. Faults are problem details \
    (RFC 9457). Every answer has an ETag; one that a client has already is answered with 304. HEAD is answered as GET.";

/// What every route may answer beside what it is for.
const COMMON: [(&str, &str); 6] = [
    ("400", "The request is not understood: a parameter that does not exist, or a value that is none"),
    ("401", "There is no good token"),
    ("406", "The form that is asked for is none of this route's"),
    ("429", "Too often: a wrong token from this address, or this token"),
    ("500", "The ledger cannot be read, or is not what was written: the operator must look at the log"),
    ("503", "It takes too long now: ask again later"),
];

/// The document.
pub fn document() -> &'static str {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
        let mut text = serde_json::to_string_pretty(&made()).expect("texts can be written");
        text.push('\n');
        text
    });
    &DOCUMENT
}

/// The document, for everybody.
pub async fn get(wanted: Wanted, Asked(Nothing {}): Asked<Nothing>) -> Result<Response, Problem> {
    wanted.only(JSON, document())
}

fn made() -> OpenApi {
    let (_, described) = described().split_for_parts();
    let info = InfoBuilder::new()
        .title("Fairgauge")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    let tags = TAGS.map(|(name, about)| TagBuilder::new().name(name).description(Some(about)).build());
    let mut components = described.components.clone().unwrap_or_else(|| ComponentsBuilder::new().build());
    components.schemas.extend([("Problem".to_owned(), <Body as utoipa::PartialSchema>::schema())]);
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("What `fairgauge token new` shows once"))
        .build();
    components.add_security_scheme("token", SecurityScheme::Http(token));
    let mut document = OpenApiBuilder::new().info(info).tags(Some(tags)).components(Some(components)).build();
    for (path, mut item) in described.paths.paths {
        let reads = item.get.iter_mut().map(|operation| (operation, true));
        let does = item.post.iter_mut().map(|operation| (operation, false));
        for (operation, reads) in reads.chain(does) {
            complete(operation, &path, reads);
        }
        // A path's slashes are a matter of the router.
        document.paths.paths.insert(format!("{ROOT}{}", path.replace("{*", "{")), item);
    }
    document
}

fn problem(description: &str) -> RefOr<utoipa::openapi::Response> {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(description).content("application/problem+json", content).build().into()
}

/// Adds what holds for many.
fn complete(operation: &mut Operation, path: &str, reads: bool) {
    let answers = &mut operation.responses.responses;
    for (status, description) in COMMON {
        answers.insert(status.to_owned(), problem(description));
    }
    if path.contains('{') {
        let there = "There is nothing of this name, or nothing that the token sees";
        answers.insert("404".to_owned(), problem(there));
    }
    let scoped = operation.security.iter().flatten().any(|needed| {
        let needed = serde_json::to_value(needed).expect("texts can be written");
        needed["token"].as_array().is_some_and(|rights| !rights.is_empty())
    });
    if scoped {
        answers.insert("403".to_owned(), problem("The token's role has no right to this"));
    }
    if reads && !path.ends_with("/events") {
        let text = || ObjectBuilder::new().schema_type(Type::String).build();
        let tag = HeaderBuilder::new().schema(Some(text())).description(Some("Of exactly these bytes")).build();
        let unchanged = ResponseBuilder::new().description("The client has it already, by `If-None-Match`");
        answers.insert("304".to_owned(), unchanged.header("ETag", tag.clone()).build().into());
        if let Some(RefOr::T(answer)) = answers.get_mut("200") {
            answer.headers.insert("ETag".to_owned(), tag.into());
            if path.ends_with('s') && !path.contains("/feeds") && !path.contains("/alerts") {
                let link = HeaderBuilder::new().schema(Some(text()));
                let link = link.description(Some("Where the next page is, `rel=\"next\"`, if there is one"));
                answer.headers.insert("Link".to_owned(), link.build().into());
            }
        }
    }
}
