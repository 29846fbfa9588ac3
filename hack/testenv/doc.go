// SPDX-License-Identifier: Apache-2.0

// Package testenv starts the environment of the demo, the benchmarks, the campaign and the
// tests: a control plane with the CRDs, an S3 server with a bucket, a simulator in place of
// Agora, and the operator as a process.
package testenv
