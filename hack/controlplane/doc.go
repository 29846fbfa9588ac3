// SPDX-License-Identifier: Apache-2.0

// Package controlplane runs a real Kubernetes API server with its etcd, for tests and for the demo.
//
// It needs etcd, kube-apiserver and kubectl; [Binaries] says where they come from. No controller of
// Kubernetes runs: a deleted namespace stays in Terminating, nothing is garbage-collected, and no pod
// is scheduled. What the API server itself does is real: validation, admission (ValidatingAdmissionPolicy
// included), RBAC, watches, finalizers and optimistic concurrency.
//
// Linux and macOS are supported.
package controlplane
