//! The blocks of storms' tracks.

use crate::contract::{Corner, FixTake, PointValue, SourceName, Target, WindRule};
use crate::quantity::Fixed;

use super::source_block::own_sources;
use super::speech::{Speech, unit};
use super::{catalogue, say};

pub(super) fn read(s: &Speech<'_>, sources: &[SourceName]) -> String {
    let from = own_sources(s, sources);
    say!(
        s,
        "The fixes of every storm of the source: position, maximum sustained wind, central pressure{from}.",
        "数据源中每个风暴的定位点：位置、最大持续风速、中心气压{from}。"
    )
}

pub(super) fn interpolate(s: &Speech<'_>, step: i64, longest_gap: i64, no_wind: WindRule) -> String {
    let (step, gap) = (s.seconds(step), s.seconds(longest_gap));
    let rule = match no_wind {
        WindRule::Out => say!(
            s,
            "A fix without wind is below the agency's scale: neither it nor the way to and from it has a point",
            "定位点无风速的，视为低于机构发布标准：该点及其前后路径均不计"
        ),
        WindRule::Undetermined => say!(
            s,
            "A fix without wind is unknown: a storm for which it may matter is undetermined",
            "定位点无风速的，视为未知：可能受其影响的风暴无法确定"
        ),
    };
    say!(
        s,
        "Between two fixes that are no more than {gap} apart ({gap} itself counts) a point is put every {step}: along the \
         great circle, wind and pressure straight in time. {rule}.",
        "相邻两个定位点相隔不超过{gap}（含{gap}）的，其间每隔{step}内插一点：位置沿大圆，风速和气压随时间线性变化。{rule}。"
    )
}

pub(super) fn within(s: &Speech<'_>, radius: Fixed, of: &Target) -> String {
    let radius = s.quantity(radius, unit("km"));
    let of = match of {
        Target::Site => say!(s, "the policy's site (its latitude and longitude)", "保险单载明的经纬度位置"),
        Target::Polygon(corners) => {
            let corners = places(s, corners);
            say!(
                s,
                "the area with the corners {corners} (zero inside of it)",
                "以{corners}为顶点的区域（区域内距离为零）"
            )
        }
        Target::Line(corners) => {
            let corners = places(s, corners);
            say!(s, "the line through {corners}", "经{corners}的折线")
        }
    };
    say!(
        s,
        "Only points no further than {radius} from {of} count; exactly {radius} counts.",
        "仅计距{of}不超过{radius}的点；恰为{radius}的计入。"
    )
}

pub(super) fn inside(s: &Speech<'_>, parallels: [Fixed; 2], meridians: [Fixed; 2]) -> String {
    let [south, north] = parallels.map(|edge| latitude(s, edge));
    let [west, east] = meridians.map(|edge| longitude(s, edge));
    say!(
        s,
        "Only points between {south} and {north}, and from {west} eastwards to {east}, count; the edges count.",
        "仅计{south}至{north}、{west}向东至{east}之间的点；边界上的点计入。"
    )
}

pub(super) fn inside_polygon(s: &Speech<'_>, corners: &[Corner]) -> String {
    let corners = places(s, corners);
    say!(
        s,
        "Only points inside of the area with the corners {corners} count; its edges count.",
        "仅计以{corners}为顶点的区域内的点；边界上的点计入。"
    )
}

pub(super) fn per_storm(s: &Speech<'_>, take: FixTake, of: PointValue) -> String {
    let (name, in_unit) = (catalogue::point_value(of.word(), s.language), s.in_unit(of.unit()));
    match take {
        FixTake::Max => say!(
            s,
            "For each storm that has a point left: the largest {name} of its points{in_unit}.",
            "对每个尚有点位的风暴，取其各点{name}的最大值{in_unit}。"
        ),
        FixTake::Min => say!(
            s,
            "For each storm that has a point left: the smallest {name} of its points{in_unit}.",
            "对每个尚有点位的风暴，取其各点{name}的最小值{in_unit}。"
        ),
    }
}

fn places(s: &Speech<'_>, corners: &[Corner]) -> String {
    let place = |(north, east): &Corner| {
        let (north, east) = (latitude(s, *north), longitude(s, *east));
        say!(s, "{north} {east}", "{north}{east}")
    };
    s.list(&corners.iter().map(place).collect::<Vec<_>>())
}

fn latitude(s: &Speech<'_>, degrees: Fixed) -> String {
    let (south, number) = unsigned(degrees);
    if south { say!(s, "{number}° S", "南纬{number}°") } else { say!(s, "{number}° N", "北纬{number}°") }
}

fn longitude(s: &Speech<'_>, degrees: Fixed) -> String {
    let (west, number) = unsigned(degrees);
    if west { say!(s, "{number}° W", "西经{number}°") } else { say!(s, "{number}° E", "东经{number}°") }
}

/// Whether it is below zero, and the number without its sign.
fn unsigned(degrees: Fixed) -> (bool, String) {
    let text = degrees.to_string();
    text.strip_prefix('-').map_or((false, text.clone()), |number| (true, number.to_owned()))
}
