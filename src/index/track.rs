//! An index of storms: their points in an area, and one number for each of them.

use crate::contract::{Block, BlockText, SourceName};
use crate::observation::SeriesKey;
use crate::quantity::Variable;

use super::area::Area;
use super::evaluate::{Index, Run};
use super::flow::Event;
use super::frame::Frame;
use super::number;
use super::source_use::SourceUse;
use super::storm::{Storm, storms, take};
use super::trace;
use super::undetermined::Undetermined;

impl Run<'_> {
    /// An index that begins with a track.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn track(&mut self, blocks: &[BlockText], frame: &Frame<'_>) -> Result<Index, Undetermined> {
        let mut found = self.points(blocks, frame)?;
        found.retain(|storm| frame.inputs.is_past_waiting(storm.points[0].at));
        let Some(place) = blocks.iter().position(|block| matches!(block.block, Block::PerStorm { .. })) else {
            return Ok(Index::Points(found));
        };
        let mut events = of_storms(&found, &blocks[place], frame)?;
        self.trace.add_events(&blocks[place].text, &events, || trace::of_events(&events, blocks[place].unit));
        let mut unit = blocks[place].unit;
        for block in &blocks[place + 1..] {
            for event in &mut events {
                event.value = number::change(&block.block, event.value, unit, block.unit)?;
            }
            unit = block.unit;
            self.trace.add_events(&block.text, &events, || trace::of_events(&events, unit));
        }
        Ok(Index::Events(events))
    }

    /// The points of each storm inside the area that the blocks describe and inside the period.
    ///
    /// # Errors
    /// [`Undetermined::Overflow`] where an interpolated value does not fit.
    pub(super) fn points(&mut self, blocks: &[BlockText], frame: &Frame<'_>) -> Result<Vec<Storm>, Undetermined> {
        // Another fix may always still come.
        self.uses.full = false;
        let Block::ReadTrack { ref sources } = blocks[0].block else {
            unreachable!("an index of this kind begins with a track")
        };
        let source: &SourceName = sources.first().unwrap_or(&frame.product().data.sources[0]);
        let terms = &frame.inputs.policy.terms;
        let site = terms.get("latitude").zip(terms.get("longitude"));
        let site = site.map(|(latitude, longitude)| (latitude.value, longitude.value));
        let mut area = Area::default();
        let described = blocks[1..].iter().take_while(|block| area.take(&block.block, site)).count();
        let (from, until) = (frame.stretch.begins, frame.stretch.until);
        let found = storms(frame.inputs, &source.feed, &area, (from, until), &mut self.uses.recorded_by)?;
        let points = found.iter().map(|storm| storm.points.len()).sum();
        let series = SeriesKey { feed: source.feed.clone(), station: "*".into(), variable: Variable::StormLatitude };
        self.uses.sources.push(SourceUse::of_reports(series, points));
        for block in &blocks[..=described] {
            self.trace.add(&block.text, String::new);
        }
        self.trace.add("storms", || {
            let of = |storm: &Storm| format!("{} ({} points)", storm.id, storm.points.len());
            if found.is_empty() {
                "none came into the area".to_owned()
            } else {
                found.iter().map(of).collect::<Vec<_>>().join(", ")
            }
        });
        Ok(found)
    }
}

/// One number for each storm.
fn of_storms(storms: &[Storm], block: &BlockText, frame: &Frame<'_>) -> Result<Vec<Event>, Undetermined> {
    let Block::PerStorm { take: which, of } = block.block else { unreachable!("the block was looked for") };
    let mut days = frame.days();
    let event = |storm: &Storm| {
        let at = storm.points[0].at;
        Ok(Event { name: storm.id.clone(), at, day: days.date(at), value: take(storm, which, of)? })
    };
    storms.iter().map(event).collect()
}

#[cfg(test)]
mod tests {
    use super::super::frame::Inputs;
    use super::super::trace::Trace;
    use super::super::world::{World, at, block, fixed, in_unit, ratio, source};
    use super::*;
    use crate::contract::{FixTake, PointValue, Round, Target, WindRule};
    use crate::quantity::Rounding;

    /// A storm that comes from the south and one that begins a day later.
    fn world() -> World {
        let mut world = World::new("reading", "2024-04-01", "2024-04-05");
        for (name, at, latitude, wind) in [
            ("tracks/late", "2024-04-03T06:00:00Z", "0.1", "90"),
            ("tracks/early", "2024-04-01T23:00:00Z", "0.5", "40"),
            ("tracks/early", "2024-04-02T01:00:00Z", "0.3", "60"),
            ("tracks/far", "2024-04-02T00:00:00Z", "30", "99"),
        ] {
            for (variable, value) in
                [(Variable::StormLatitude, latitude), (Variable::StormLongitude, "0"), (Variable::StormWind, wind)]
            {
                world.learn(name, variable, (at, at), value);
            }
        }
        world
    }

    fn blocks() -> Vec<BlockText> {
        let round = Round { step: ratio(10, 1), mode: Rounding::Down };
        vec![
            block(Block::ReadTrack { sources: vec![source("tracks")] }),
            block(Block::Interpolate { step: 3_600, longest_gap: 7_200, no_wind: WindRule::Out }),
            block(Block::Within { radius: fixed("100"), of: Target::Site }),
            in_unit(Block::PerStorm { take: FixTake::Min, of: PointValue::Wind }, "kt"),
            in_unit(Block::Round(round), "kt"),
        ]
    }

    fn events(inputs: &Inputs<'_>, world: &World) -> Vec<(String, String, String)> {
        let index = world.evaluate_with(blocks(), inputs, &mut Trace::off()).index;
        let Ok(Index::Events(events)) = index else { panic!("{index:?}") };
        let of = |event: Event| (event.name, event.day.to_string(), event.value.to_string());
        events.into_iter().map(of).collect()
    }

    #[test]
    fn each_storm_in_the_area_has_its_number_and_its_day() {
        let world = world();
        let row = |name: &str, day: &str, value: &str| (name.to_owned(), day.to_owned(), value.to_owned());
        let (early, late) = (row("early", "2024-04-01", "40"), row("late", "2024-04-03", "90"));
        assert_eq!(events(&world.inputs(), &world), [early, late.clone()], "in the order of their first point");
        let waiting = Inputs { counts_from: Some(at("2024-04-02T00:00:00Z").timestamp()), ..world.inputs() };
        assert_eq!(events(&waiting, &world), [late], "one that came before the end of the waiting is passed over");
        let running = Inputs { until: at("2024-04-02T00:00:00Z").timestamp(), ..world.inputs() };
        assert_eq!(events(&running, &world), [row("early", "2024-04-01", "40")], "so far");
    }

    #[test]
    fn points_for_a_grid_are_kept_without_a_number() {
        let world = world();
        let mut blocks = blocks();
        blocks.truncate(3);
        let evaluation = world.evaluate_with(blocks, &world.inputs(), &mut Trace::off());
        let Ok(Index::Points(storms)) = evaluation.index else { panic!("{:?}", evaluation.index) };
        let points: Vec<_> = storms.iter().map(|storm| (storm.id.as_str(), storm.points.len())).collect();
        assert_eq!((points, evaluation.full), (vec![("early", 3), ("late", 1)], false));
        assert!(storms[0].points.iter().all(|point| point.distance.is_some()));
        assert_eq!(storms[0].points[0].at, at("2024-04-01T23:00:00Z").timestamp());
    }

    #[test]
    fn fixes_that_may_still_change_count_only_where_the_terms_allow_it() {
        let mut world = World::new("reading", "2024-04-01", "2024-04-05");
        let fix = "2024-04-02T01:00:00Z";
        world.learn("tracks/one", Variable::StormLatitude, (fix, fix), "0");
        world.learn("tracks/one", Variable::StormLongitude, (fix, fix), "0");
        world.provisional("tracks/one", Variable::StormWind, fix, "50");
        assert_eq!(events(&world.inputs(), &world).len(), 1);
        let final_only = Inputs { final_only: true, ..world.inputs() };
        assert_eq!(events(&final_only, &world).len(), 0, "its wind is not final, and without wind it is no point");
    }
}
