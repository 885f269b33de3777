"""Random formulas over a maker's reads, for generate.py."""

# formula -> (variable of each input, parameters with what they may be, unit of the result)
CHOICES = {
    "hub_wind": ({"wind": "wind_speed"}, {"wind_height": ["10 m", "2 m"], "hub_height": ["50 m", "98 m"], "exponent": ["0.14 1", "0.2 1"]}, "m/s"),
    "air_density": ({"temperature": "air_temperature", "pressure": "air_pressure"}, {"temperature_height": ["2 m"], "pressure_height": ["0 m", "20 m"], "hub_height": ["80 m", "98 m"]}, "kg/m3"),
    "faiman_cell_temperature": ({"irradiance": "irradiance", "temperature": "air_temperature", "wind": "wind_speed"}, {"u0": ["25 1", "24.1 1"], "u1": ["6.84 1"]}, "degC"),
    "sapm_cell_temperature": ({"irradiance": "irradiance", "temperature": "air_temperature", "wind": "wind_speed"}, {"a": ["-3.47 1", "-3.56 1"], "b": ["-0.0594 1"], "delta_t": ["3 1"]}, "degC"),
    "temperature_humidity_index": ({"temperature": "air_temperature", "humidity": "relative_humidity"}, {}, "1"),
    "vapour_pressure_deficit": ({"temperature": "air_temperature", "humidity": "relative_humidity"}, {}, "kPa"),
}


def formula(maker):
    rng = maker.rng
    if rng.random() < 0.2:
        return plant(maker)
    name = rng.choice(list(CHOICES))
    inputs, parameters, unit = CHOICES[name]
    block = {"formula": name} | {key: [maker.read(variable)] for key, variable in inputs.items()}
    return block | {key: rng.choice(texts) for key, texts in parameters.items()} | maker.rounding(unit, ("0.1", "0.01", "0.001"))


def plant(maker):
    """The power of a plant whose cells are as warm as a formula says."""
    rng = maker.rng
    inputs, parameters, _ = CHOICES["faiman_cell_temperature"]
    warmth = {"formula": "faiman_cell_temperature"} | {key: [maker.read(variable)] for key, variable in inputs.items()}
    warmth |= {key: rng.choice(texts) for key, texts in parameters.items()} | maker.rounding("degC", ("0.1", "0.001"))
    block = {"formula": "pvwatts_dc", "irradiance": [maker.read("irradiance")], "cell_temperature": [warmth], "nameplate": "50 kW", "coefficient": "-0.004 1"}
    return block | maker.rounding("kW", ("0.1", "0.01"))
