// SPDX-License-Identifier: Apache-2.0

// Package testenv starts what the demo, the benchmarks, the campaign and the tests run
// in: a control plane with the CRDs, an S3 server with a bucket, a simulator in Agora's
// place, and the operator as a process.
package testenv
