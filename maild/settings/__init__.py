"""The configuration: declared in `model`, read by `load`, made into parts by `build`, explained by `sample`."""
