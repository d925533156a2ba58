"""Learned motion: the FlowNet 2 family (Ilg et al. 2017), its data and its training.

One file a network. `stack` joins them as Ostvik et al. 2018, section 2.3, say: C, S and S
for large displacements, SD beside them for small ones, and a fusion of both. Networks
are Keras 3 with keras.ops only; nothing here is imported where motion is estimated,
which runs the exported graph (`echogls.motion.flownet2`).

Images enter as (batch, H, W, 1) in units of their own deviation
(`motion.flownet2.alike`); flow is (batch, H, W, 2) pixels (x, y), with
second(p + flow(p)) ~ first(p).
"""
