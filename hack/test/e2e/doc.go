// SPDX-License-Identifier: Apache-2.0

// Package e2e installs the operator in the cluster of the current KUBECONFIG and drives it with
// kubectl, as a user does, against a simulator of Agora's service. It also installs the
// operator with Helm.
//
// It needs the build tag e2e, a cluster without the operator, and an operator image that is
// available to the cluster's pods. Environment variables, with their defaults:
//
//	IMG                the image (cloudrecording-operator:dev)
//	KUBECTL            the kubectl to use (kubectl)
//	HELM               the Helm to use (the pinned one)
//	SIMULATOR_ADDRESS  an address of this machine that pods can reach, for the
//	                   simulator that the suite starts (10.244.0.1)
//	AGORA_ENDPOINT     URL of a running simulator for pods; if set, the suite
//	                   starts none
//	AGORA_ADMIN        URL of that simulator's admin interface for the suite
package e2e
