//! Reading `[feed.NAME.enphase]`: what is asked of Enphase.

use super::super::Context;
use super::super::lines::is_whole;
use super::super::sent::{Sent, check_columns, check_no_placeholders, check_stations_apart, choice, sent};
use super::{Enphase, LogIn, Telemetry};
use crate::document::{Fault, Faults, Fields, Node};
use crate::quantity::Variable;

static METERS: [Sent; 1] = [sent("wh_del", &[Variable::Energy], &["Wh"])];
static MICROS: [Sent; 2] = [sent("enwh", &[Variable::Energy], &["Wh"]), sent("powr", &[Variable::Power], &["W"])];

pub(super) fn read_enphase(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<Enphase> {
    let before = faults.len();
    let mut fields = Fields::of(node, "the Enphase form", faults)?;
    let telemetry = choice(&mut fields, "telemetry", &Telemetry::ALL.map(|one| (one.word(), one)), faults);
    let uses_partial = choice(&mut fields, "partial", &[("refuse", false), ("use", true)], faults);
    let (user, client) = (fields.optional("user"), fields.optional("client"));
    let log_in = match (user, client) {
        (Some(user), Some(client)) => {
            let user = user.text("the name of an account", faults).map(str::to_owned);
            let client = client.text("the client id of an application", faults).map(str::to_owned);
            user.zip(client).map(|(user, client)| LogIn { user, client })
        }
        (None, None) => None,
        (Some(node), None) | (None, Some(node)) => {
            let fault = Fault::new(&node.place, "a login has a user and a client");
            faults.push(fault.hint("add the other one; leave both out where the key has an access_token"));
            None
        }
    };
    fields.finish(faults);
    check_no_placeholders(context, "enphase", "https://api.enphaseenergy.com/api/v4", faults);
    let telemetry = telemetry?;
    let all = if telemetry == Telemetry::Micros { &MICROS[..] } else { &METERS[..] };
    check_columns(context.columns, all, &format!("Enphase's {}", telemetry.word()), faults);
    check_stations_apart(context, "the number of a system", "1765123", is_whole, faults)?;
    (faults.len() == before).then_some(Enphase { telemetry, uses_partial: uses_partial?, log_in })
}
