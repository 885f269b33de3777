"""Formulas in floating point, for the reference model: those that are short. Each is rounded once, as written."""
import math

from flow import MISSING, OUT, rounder
from quantities import F, convert, in_unit



def hub_wind(wind, wind_height, hub_height, exponent):
    return wind * (hub_height / wind_height) ** exponent


def air_density(temperature, pressure, temperature_height, pressure_height, hub_height):
    """Barometric formula: 6.5 K and 125 hPa less for each kilometre."""
    hub_temperature = temperature + 273.15 - 0.0065 * (hub_height - temperature_height)
    return (pressure - (hub_height - pressure_height) / 8) * 1.225 * 288.15 / (1013.30 * hub_temperature)


def faiman(irradiance, temperature, wind, u0, u1):
    return temperature + irradiance / (u0 + u1 * wind)


def sapm(irradiance, temperature, wind, a, b, delta_t):
    return temperature + irradiance * math.exp(a + b * wind) + irradiance / 1000 * delta_t


def temperature_humidity_index(temperature, humidity):
    """NRC (1971)."""
    return 1.8 * temperature + 32 - (0.55 - 0.0055 * humidity) * (1.8 * temperature - 26)


def vapour_pressure_deficit(temperature, humidity):
    """FAO-56, equation 11."""
    return 0.6108 * math.exp(17.27 * temperature / (temperature + 237.3)) * (1 - humidity / 100)


def pvwatts_dc(irradiance, cell_temperature, nameplate, coefficient):
    return irradiance / 1000 * nameplate * (1 + coefficient * (cell_temperature - 25))


# name -> (function, inputs with units, parameters with units, unit of the result)
FORMULAS = {
    "hub_wind": (hub_wind, [("wind", "m/s")], [("wind_height", "m"), ("hub_height", "m"), ("exponent", "1")], "m/s"),
    "air_density": (air_density, [("temperature", "degC"), ("pressure", "hPa")], [("temperature_height", "m"), ("pressure_height", "m"), ("hub_height", "m")], "kg/m3"),
    "faiman_cell_temperature": (faiman, [("irradiance", "W/m2"), ("temperature", "degC"), ("wind", "m/s")], [("u0", "1"), ("u1", "1")], "degC"),
    "sapm_cell_temperature": (sapm, [("irradiance", "W/m2"), ("temperature", "degC"), ("wind", "m/s")], [("a", "1"), ("b", "1"), ("delta_t", "1")], "degC"),
    "temperature_humidity_index": (temperature_humidity_index, [("temperature", "degC"), ("humidity", "%")], [], "1"),
    "vapour_pressure_deficit": (vapour_pressure_deficit, [("temperature", "degC"), ("humidity", "%")], [], "kPa"),
    "pvwatts_dc": (pvwatts_dc, [("irradiance", "W/m2"), ("cell_temperature", "degC")], [("nameplate", "kW"), ("coefficient", "1")], "kW"),
}


def formula(block, series):
    function, inputs, parameters, unit = FORMULAS[block["formula"]]
    flows = [series(block[name]) for name, _ in inputs]
    numbers = [float(in_unit(block[name], u)) for name, u in parameters]
    rounds, behind = rounder(block, unit)
    values = []
    for slot in zip(*(flow.values for flow in flows), strict=True):
        if any(x is OUT for x in slot):
            values.append(OUT)
        elif any(x is MISSING for x in slot):
            values.append(MISSING)
        else:
            xs = [float(convert(x, flow.unit, u)) for x, flow, (_, u) in zip(slot, flows, inputs)]
            values.append(rounds(F(function(*xs, *numbers))))
    return flows[0].with_values(values, behind, "values")
