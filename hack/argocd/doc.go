// SPDX-License-Identifier: Apache-2.0

// Package argocd tests how Argo CD and kstatus assess the operator's objects. It is a module of
// its own, so that the operator does not depend on Argo CD.
package argocd
