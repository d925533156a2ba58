"""Patients whose strain is known: anatomy, mechanics, acoustics, machines, readers.

From the heart outwards: `anatomy` (whose heart), `heartbeat` (when it contracts),
`mechanics` (where its wall goes), `views` and `scene` (what surrounds it), `acoustics` (what
a probe receives), `looks` (what a machine makes of it), `clip` (all of that), `truth`,
`furniture`, `dicom`, `readings`, `patient` (a folder as it would come from a clinic).
Image frame: x to the right, y away from the probe, mm, the probe's face at (0, 0).
"""
