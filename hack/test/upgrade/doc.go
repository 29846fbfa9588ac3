// SPDX-License-Identifier: Apache-2.0

// Package upgrade upgrades an installation from another commit to the present one while
// recordings run, stop, upload and wait, takes it back, and judges by what Agora was asked
// whether anybody noticed.
//
// The definitions, roles and policies are those that kustomize builds of each commit, on a
// real API server. The operators are processes with the rights of their service account and
// the flags of their Deployment, two replicas, which are replaced one by one as a Deployment
// does it.
//
// It needs the build tag upgrade, Git's history, and in the environment:
//
//	FROM  the commit to upgrade from, and to go back to
package upgrade
