// SPDX-License-Identifier: Apache-2.0

// Package argocd tests what Argo CD and kstatus make of the operator's objects. It is a module
// of its own, so that nothing of Argo CD is among what the operator is built from.
package argocd
