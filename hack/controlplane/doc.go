// SPDX-License-Identifier: Apache-2.0

// Package controlplane runs a real Kubernetes API server with its etcd, for tests and for the
// demo.
//
// It needs etcd, kube-apiserver and kubectl, which [Binaries] provides. No controllers of
// Kubernetes run: a deleted namespace stays in Terminating, nothing is garbage-collected, and
// no pod is scheduled. Everything that the API server does itself is real: validation,
// admission including ValidatingAdmissionPolicies, RBAC, watches, finalizers, and optimistic
// concurrency.
//
// Linux and macOS are supported.
package controlplane
