// SPDX-License-Identifier: Apache-2.0

// Package upgrade upgrades an installation from another commit to the current one while
// recordings run, stop, upload and wait, and then rolls it back. It judges by the requests to
// Agora whether recordings were affected.
//
// The CRDs, roles and policies are those that kustomize builds from each commit, on a real API
// server. The operators are two replicas that run as processes with the permissions of their
// ServiceAccount and the flags of their Deployment. They are replaced one by one, as in a
// rolling update.
//
// It needs the build tag upgrade, Git's history, and an environment variable:
//
//	FROM  the commit to upgrade from, and to roll back to
package upgrade
