//! The words of both languages for what has a name: variables, units, formulas with their inputs, blocks.

use crate::contract::Formula;
use crate::quantity::{Unit, Variable};

use super::Language;

/// A word in both languages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub name: &'static str,
    pub english: &'static str,
    pub chinese: &'static str,
}

pub(super) const fn word(name: &'static str, english: &'static str, chinese: &'static str) -> Word {
    Word { name, english, chinese }
}

impl Word {
    pub fn in_language(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.english,
            Language::Chinese => self.chinese,
        }
    }
}

pub(super) fn find<'t>(table: &'t [Word], name: &str) -> Option<&'t Word> {
    table.iter().find(|word| word.name == name)
}

/// What a table calls something; what it does not have, by its name.
pub(super) fn called<'n>(table: &'static [Word], name: &'n str, language: Language) -> &'n str {
    find(table, name).map_or(name, |word| word.in_language(language))
}

/// What is measured.
static VARIABLES: &[Word] = &[
    word("precipitation", "precipitation", "降水量"),
    word("air_temperature", "air temperature", "气温"),
    word("air_temperature_max", "maximum air temperature", "最高气温"),
    word("air_temperature_min", "minimum air temperature", "最低气温"),
    word("air_temperature_mean", "mean air temperature", "平均气温"),
    word("dew_point", "dew point", "露点温度"),
    word("relative_humidity", "relative humidity", "相对湿度"),
    word("wind_speed", "mean wind speed", "平均风速"),
    word("wind_gust", "strongest gust", "阵风风速"),
    word("air_pressure", "air pressure", "气压"),
    word("power", "power", "功率"),
    word("energy", "energy", "电量"),
    word("global_radiation", "global radiation", "总辐射量"),
    word("irradiance", "irradiance", "辐照度"),
    word("sunshine", "sunshine duration", "日照时数"),
    word("evapotranspiration", "reference evapotranspiration", "参考作物蒸散量"),
    word("storm_latitude", "latitude of the storm's centre", "风暴中心纬度"),
    word("storm_longitude", "longitude of the storm's centre", "风暴中心经度"),
    word("storm_wind", "maximum sustained wind", "最大持续风速"),
    word("storm_pressure", "central pressure", "中心气压"),
    word("distance", "distance from the site", "距保险标的距离"),
    word("snowfall", "snowfall", "降雪量"),
    word("snow_depth", "snow depth", "积雪深度"),
    word("sea_surface_temperature", "sea surface temperature", "海面温度"),
    word("ndvi", "vegetation index NDVI", "归一化植被指数"),
    word("yield", "yield", "单产"),
    word("water_level", "water level", "水位"),
    word("river_flow", "river flow", "河流流量"),
    word("wave_height", "wave height", "浪高"),
    word("soil_moisture", "soil moisture", "土壤湿度"),
    word("availability", "availability", "可利用率"),
    word("curtailed_energy", "curtailed energy", "限电电量"),
    word("storm_category", "category of the storm", "风暴等级"),
    word("storm_radius", "radius of hurricane winds", "飓风风圈半径"),
    word("event", "event", "事件"),
    word("warning_level", "warning level", "预警级别"),
    word("people", "number of people", "人数"),
    word("price", "price", "价格"),
    word("modelled_loss", "modelled loss", "模型损失"),
    word("published_index", "published index", "公布的指数"),
];

/// Units: one of them, several of them, and in Chinese. A plain number has no word.
#[rustfmt::skip]
static UNITS: &[(&str, &str, &str, &str)] = &[
    ("1", "", "", ""),
    ("%", "%", "%", "%"),
    ("mm", "mm", "mm", "毫米"),
    ("cm", "cm", "cm", "厘米"),
    ("m", "m", "m", "米"),
    ("km", "km", "km", "千米"),
    ("inch", "inch", "inches", "英寸"),
    ("ft", "foot", "feet", "英尺"),
    ("mi", "mile", "miles", "英里"),
    ("nmi", "nautical mile", "nautical miles", "海里"),
    ("m2", "square metre", "square metres", "平方米"),
    ("mu", "mu", "mu", "亩"),
    ("ha", "hectare", "hectares", "公顷"),
    ("acre", "acre", "acres", "英亩"),
    ("km2", "square kilometre", "square kilometres", "平方千米"),
    ("m3", "cubic metre", "cubic metres", "立方米"),
    ("s", "second", "seconds", "秒"),
    ("min", "minute", "minutes", "分钟"),
    ("h", "hour", "hours", "小时"),
    ("d", "day", "days", "天"),
    ("K", "K", "K", "开尔文"),
    ("degC", "°C", "°C", "℃"),
    ("degF", "°F", "°F", "℉"),
    ("m/s", "m/s", "m/s", "米/秒"),
    ("km/h", "km/h", "km/h", "千米/小时"),
    ("mph", "mph", "mph", "英里/小时"),
    ("kt", "knot", "knots", "节"),
    ("m3/s", "m³/s", "m³/s", "立方米/秒"),
    ("W", "W", "W", "瓦"),
    ("kW", "kW", "kW", "千瓦"),
    ("MW", "MW", "MW", "兆瓦"),
    ("GW", "GW", "GW", "吉瓦"),
    ("J", "J", "J", "焦"),
    ("MJ", "MJ", "MJ", "兆焦"),
    ("Wh", "Wh", "Wh", "瓦时"),
    ("kWh", "kWh", "kWh", "千瓦时"),
    ("MWh", "MWh", "MWh", "兆瓦时"),
    ("GWh", "GWh", "GWh", "吉瓦时"),
    ("W/m2", "W/m²", "W/m²", "瓦/平方米"),
    ("J/m2", "J/m²", "J/m²", "焦/平方米"),
    ("J/cm2", "J/cm²", "J/cm²", "焦/平方厘米"),
    ("MJ/m2", "MJ/m²", "MJ/m²", "兆焦/平方米"),
    ("Wh/m2", "Wh/m²", "Wh/m²", "瓦时/平方米"),
    ("kWh/m2", "kWh/m²", "kWh/m²", "千瓦时/平方米"),
    ("Pa", "Pa", "Pa", "帕"),
    ("hPa", "hPa", "hPa", "百帕"),
    ("mbar", "mbar", "mbar", "毫巴"),
    ("kPa", "kPa", "kPa", "千帕"),
    ("deg", "degree", "degrees", "度"),
    ("kg", "kg", "kg", "千克"),
    ("t", "tonne", "tonnes", "吨"),
    ("kg/m3", "kg/m³", "kg/m³", "千克/立方米"),
    ("kg/ha", "kg/ha", "kg/ha", "千克/公顷"),
    ("t/ha", "t/ha", "t/ha", "吨/公顷"),
    ("head", "head", "head", "头"),
    ("household", "household", "households", "户"),
    ("turbine", "turbine", "turbines", "台风机"),
    ("tree", "tree", "trees", "株"),
    ("pond", "pond", "ponds", "口池塘"),
    ("greenhouse", "greenhouse", "greenhouses", "座温室"),
    ("person", "person", "persons", "人"),
    ("animal", "animal", "animals", "只"),
    ("storm", "storm", "storms", "个风暴"),
    ("event", "event", "events", "次事件"),
];

/// What a currency is called behind an amount. A currency that is not here goes by its code.
static CURRENCIES: &[(&str, &str)] = &[
    ("CNY", "元"),
    ("USD", "美元"),
    ("EUR", "欧元"),
    ("GBP", "英镑"),
    ("JPY", "日元"),
    ("TWD", "新台币元"),
    ("INR", "印度卢比"),
    ("AUD", "澳元"),
    ("CAD", "加元"),
    ("PHP", "菲律宾比索"),
    ("VND", "越南盾"),
    ("THB", "泰铢"),
    ("HKD", "港元"),
    ("SGD", "新加坡元"),
    ("KRW", "韩元"),
    ("IDR", "印尼盾"),
    ("CHF", "瑞士法郎"),
    ("KES", "肯尼亚先令"),
    ("XOF", "西非法郎"),
    ("XAF", "中非法郎"),
    ("XCD", "东加勒比元"),
    ("MXN", "墨西哥比索"),
    ("BRL", "巴西雷亚尔"),
    ("ZAR", "南非兰特"),
    ("NZD", "新西兰元"),
    ("FJD", "斐济元"),
    ("MYR", "马来西亚林吉特"),
    ("BDT", "孟加拉塔卡"),
    ("LKR", "斯里兰卡卢比"),
    ("NPR", "尼泊尔卢比"),
    ("MNT", "蒙古图格里克"),
    ("ETB", "埃塞俄比亚比尔"),
    ("MWK", "马拉维克瓦查"),
    ("ZMW", "赞比亚克瓦查"),
];

/// What a formula computes. English stands in the table of formulas itself.
static FORMULAS: &[(&str, &str)] = &[
    ("hub_wind", "按幂律推算轮毂高度风速：风速×（轮毂高度÷测风高度）^切变指数"),
    ("air_density", "按压高公式推算轮毂高度空气密度：每升高1千米，气温降低6.5开尔文、气压降低125百帕"),
    ("wind_power", "按功率曲线由风速推算功率，曲线风速按空气密度订正；曲线范围之外为0千瓦"),
    ("faiman_cell_temperature", "光伏组件温度（Faiman模型）：气温+辐照度÷（u0+u1×风速）"),
    ("sapm_cell_temperature", "光伏组件温度（Sandia模型）：气温+辐照度×exp（a+b×风速）+辐照度÷1000×delta_t"),
    ("pvwatts_dc", "光伏直流功率：辐照度÷1000×额定功率×（1+温度系数×（组件温度-25））"),
    ("pvwatts_ac", "按该额定功率和标称效率的逆变器折算的交流功率（PVWatts第5版）"),
    ("penman_monteith", "日参考作物蒸散量（FAO-56彭曼-蒙特斯公式），不低于0"),
    ("hargreaves", "日参考作物蒸散量（Hargreaves-Samani公式）"),
    ("clear_sky_index", "日总辐射量与晴空总辐射量之比，后者为天文辐射的（0.75+0.00002×海拔）倍"),
    ("utah_chill_units", "每小时需冷量单位（犹他模型）"),
    ("chill_portions", "每小时累积的冷量份数（动态模型）；一小时缺测，其后各小时均视为缺测"),
    ("water_satisfaction", "截至该时段的作物水分满足指数；一个时段缺测，其后各时段均视为缺测"),
    ("temperature_humidity_index", "牲畜温湿指数（NRC 1971）"),
    ("vapour_pressure_deficit", "饱和水汽压差：该气温下的饱和水汽压与实际水汽压之差（FAO-56），不低于0"),
    ("heat_index", "美国国家气象局热指数（Rothfusz回归公式及其两项订正）"),
    ("hurricane_index", "由最大持续风速和飓风风圈半径计算的CME飓风指数"),
];

/// The inputs, parameters and curves of formulas.
static SLOTS: &[Word] = &[
    word("wind", "wind", "风速"),
    word("wind_height", "height of the wind measurement", "测风高度"),
    word("hub_height", "hub height", "轮毂高度"),
    word("exponent", "shear exponent", "切变指数"),
    word("temperature", "temperature", "气温"),
    word("pressure", "pressure", "气压"),
    word("temperature_height", "height of the temperature measurement", "测温高度"),
    word("pressure_height", "height of the pressure measurement", "测压高度"),
    word("density", "density of the air", "空气密度"),
    word("curve", "power curve", "功率曲线"),
    word("irradiance", "irradiance", "辐照度"),
    word("u0", "u0", "u0"),
    word("u1", "u1", "u1"),
    word("a", "a", "a"),
    word("b", "b", "b"),
    word("delta_t", "delta_t", "delta_t"),
    word("cell_temperature", "temperature of the cell", "组件温度"),
    word("nameplate", "nameplate power", "额定功率"),
    word("coefficient", "temperature coefficient", "温度系数"),
    word("power", "power", "功率"),
    word("inverter", "rating of the inverter", "逆变器额定功率"),
    word("efficiency", "nominal efficiency", "标称效率"),
    word("temperature_min", "minimum temperature", "最低气温"),
    word("temperature_max", "maximum temperature", "最高气温"),
    word("humidity", "relative humidity", "相对湿度"),
    word("radiation", "global radiation", "总辐射量"),
    word("latitude", "latitude", "纬度"),
    word("elevation", "elevation", "海拔"),
    word("rain", "rain", "降水量"),
    word("evapotranspiration", "evapotranspiration", "蒸散量"),
    word("capacity", "water capacity of the soil", "土壤有效持水量"),
    word("initial", "water in the soil at first", "初始土壤含水量"),
    word("coefficients", "crop coefficients from that day of the period on", "自期间该日起的作物系数"),
    word("radius", "radius of hurricane winds", "飓风风圈半径"),
];

/// The definitions of a quantile.
static QUANTILES: &[Word] = &[
    word("inverted_cdf", "the smallest value with that share at or below it", "取该比例之数值不大于它的最小值"),
    word(
        "averaged_inverted_cdf",
        "the same, averaged with the next value where the share is met exactly",
        "同逆累积分布法，恰好达到该比例时与下一数值平均",
    ),
    word(
        "closest_observation",
        "the closest observation, an even one where two are as close",
        "取最接近的观测值，等距时取偶数位",
    ),
    word("interpolated_inverted_cdf", "straight between the steps of the distribution", "在累积分布各阶之间线性内插"),
    word("hazen", "after Hazen, straight between values", "Hazen法，线性内插"),
    word("weibull", "after Weibull, straight between values", "Weibull法，线性内插"),
    word("linear", "straight between the two nearest values", "在相邻两值之间线性内插"),
    word("median_unbiased", "median-unbiased, straight between values", "中位数无偏法，线性内插"),
    word("normal_unbiased", "unbiased for normal values, straight between values", "正态无偏法，线性内插"),
    word("lower", "the lower of the two nearest values", "取相邻两值中较低者"),
    word("higher", "the higher of the two nearest values", "取相邻两值中较高者"),
    word("nearest", "the nearer of the two nearest values", "取相邻两值中较近者"),
    word("midpoint", "half-way between the two nearest values", "取相邻两值的中点"),
];

/// What a number is taken of a series, by the word of the program.
static TAKEN: &[Word] = &[
    word("maximum", "maximum", "最大值"),
    word("minimum", "minimum", "最小值"),
    word("last value", "last value", "最后值"),
    word("mean", "mean", "平均值"),
    word("quantile", "quantile", "分位数"),
    word("share", "share", "比例"),
];

/// What may not be known of a storm.
static OF_STORMS: &[Word] =
    &[word("wind", "wind", "风速"), word("pressure", "pressure", "气压"), word("distance", "distance", "距离")];

/// Axes of a table of payouts that are no variables.
static AXES: &[Word] =
    &[word("distance", "distance", "距离"), word("date", "date", "日期"), word("value", "value", "数值")];

/// Zones whose time has a name.
static ZONES: &[(&str, &str)] = &[("Asia/Shanghai", "北京时间"), ("UTC", "协调世界时")];

/// What is taken of a series.
pub(super) fn taken(name: &'static str, language: Language) -> &'static str {
    called(TAKEN, name, language)
}

/// What is not known of a storm.
pub(super) fn of_storm(name: &'static str, language: Language) -> &'static str {
    called(OF_STORMS, name, language)
}

/// What an axis of a table of payouts is called, where it is no variable.
pub(super) fn axis(name: &str, language: Language) -> Option<&'static str> {
    find(AXES, name).map(|word| word.in_language(language))
}

/// What the time of a zone is called; of most by the zone.
pub(super) fn zone(name: &str, language: Language) -> &str {
    match language {
        Language::English => name,
        Language::Chinese => ZONES.iter().find(|(known, _)| *known == name).map_or(name, |(_, text)| text),
    }
}

/// What a variable is called.
pub(super) fn variable(variable: Variable, language: Language) -> &'static str {
    called(VARIABLES, variable.name(), language)
}

/// What is known of a storm's point, by its word in a term sheet.
pub(super) fn point_value(name: &'static str, language: Language) -> &'static str {
    called(VARIABLES, name, language)
}

/// What a formula computes.
pub(super) fn formula(formula: Formula, language: Language) -> &'static str {
    let row = formula.row();
    match language {
        Language::English => row.about,
        Language::Chinese => FORMULAS.iter().find(|(name, _)| *name == row.name).map_or(row.about, |(_, text)| text),
    }
}

/// What an input or a parameter of a formula is called.
pub(super) fn slot(name: &'static str, language: Language) -> &'static str {
    called(SLOTS, name, language)
}

/// What a definition of a quantile takes.
pub(super) fn quantile(name: &'static str, language: Language) -> &'static str {
    called(QUANTILES, name, language)
}

/// What stands behind an amount of this currency.
pub(super) fn currency(code: &str, language: Language) -> &str {
    match language {
        Language::English => code,
        Language::Chinese => CURRENCIES.iter().find(|(known, _)| *known == code).map_or(code, |(_, text)| text),
    }
}

/// What stands behind a number in this unit; `one` of them or several.
pub(super) fn unit(unit: Unit, one: bool, language: Language) -> String {
    of_symbol(unit.symbol(), one, language).unwrap_or_else(|| unit.symbol().to_owned())
}

/// A price, `CNY/kWh`, is made of its currency and its unit.
fn of_symbol(symbol: &str, one: bool, language: Language) -> Option<String> {
    if let Some((_, singular, plural, chinese)) = UNITS.iter().find(|(known, ..)| *known == symbol) {
        let text = match language {
            Language::English if one => singular,
            Language::English => plural,
            Language::Chinese => chinese,
        };
        return Some((*text).to_owned());
    }
    let (code, per) = symbol.split_once('/').map_or((symbol, None), |(code, per)| (code, Some(per)));
    crate::quantity::Currency::from_code(code)?;
    let money = currency(code, language);
    let Some(per) = per else { return Some(money.to_owned()) };
    let per = of_symbol(per, true, language)?;
    Some(match language {
        Language::English => format!("{money} per {per}"),
        Language::Chinese => format!("{money}/{per}"),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::contract::{FORMULAS as TABLE, QuantileMethod};

    /// Whether a text is Chinese as far as it is words: letters of formulas may stand in it.
    pub fn is_chinese(text: &str) -> bool {
        text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
    }

    /// Each word of a table is said in both languages, without letters in Chinese, and no name stands twice.
    pub fn is_said(table: &[Word]) {
        for (place, word) in table.iter().enumerate() {
            assert!(!word.english.contains('_') && !word.english.is_empty(), "{word:?}");
            assert!(is_chinese(word.chinese) && word.chinese.chars().all(|c| !c.is_ascii_alphabetic()), "{word:?}");
            assert!(!table[..place].iter().any(|other| other.name == word.name), "{word:?}");
        }
    }

    #[test]
    fn every_variable_has_words() {
        for name in Variable::names().chain(["distance"]) {
            let word = find(VARIABLES, name).unwrap_or_else(|| panic!("{name} has no words"));
            assert!(!word.english.contains('_') && is_chinese(word.chinese), "{word:?}");
        }
    }

    #[test]
    fn every_unit_has_words() {
        for symbol in Unit::symbols() {
            for language in [Language::English, Language::Chinese] {
                let text = of_symbol(symbol, false, language).unwrap_or_else(|| panic!("{symbol} has no words"));
                assert!(text.is_empty() == (symbol == "1"), "{symbol}: {text}");
                let by_sign = ["1", "%", "degC", "degF"].contains(&symbol);
                assert!(language == Language::English || by_sign || is_chinese(&text), "{symbol}: {text}");
            }
        }
        let price = |language| of_symbol("CNY/kWh", false, language);
        assert_eq!(price(Language::English).as_deref(), Some("CNY per kWh"));
        assert_eq!(price(Language::Chinese).as_deref(), Some("元/千瓦时"));
    }

    #[test]
    fn every_formula_and_what_it_takes_has_words() {
        for row in TABLE {
            assert!(FORMULAS.iter().any(|(name, text)| *name == row.name && is_chinese(text)), "{}", row.name);
            let curve = row.curve.map(|(key, ..)| key);
            for name in row.inputs.iter().chain(row.parameters).map(|slot| slot.name).chain(curve) {
                let word = find(SLOTS, name).unwrap_or_else(|| panic!("{name} of {} has no words", row.name));
                // Letters of a formula stay letters.
                assert!(is_chinese(word.chinese) || word.chinese == word.english, "{word:?}");
            }
        }
    }

    #[test]
    fn what_is_taken_has_words() {
        let index = [include_str!("../index/reduce.rs"), include_str!("../index/storm.rs")].concat();
        for word in TAKEN {
            assert!(is_chinese(word.chinese) && index.contains(&format!("\"{}\"", word.name)), "{word:?}");
        }
        for word in OF_STORMS {
            assert!(is_chinese(word.chinese) && index.contains(&format!("\"{}\"", word.name)), "{word:?}");
        }
        let said = index.matches("nothing(\"").count() + index.matches("), \"").count();
        assert!(said >= TAKEN.len(), "{said}");
    }

    #[test]
    fn every_definition_of_a_quantile_has_words() {
        for (name, _) in QuantileMethod::ALL {
            assert!(find(QUANTILES, name).is_some_and(|word| is_chinese(word.chinese)), "{name}");
        }
    }

    #[test]
    fn no_name_stands_twice() {
        for table in [VARIABLES, SLOTS, QUANTILES, TAKEN, OF_STORMS, AXES] {
            for (place, word) in table.iter().enumerate() {
                assert!(!table[..place].iter().any(|other| other.name == word.name), "{}", word.name);
            }
        }
    }
}
