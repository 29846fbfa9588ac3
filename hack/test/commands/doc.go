// SPDX-License-Identifier: Apache-2.0

// Package commands runs what the documents tell their readers to type.
//
// Each document is gone through in its order, in a fresh copy of the repository, on a cluster
// of its own: a real API server, where the Deployment and the Jobs that a block installs run
// as processes, and a simulator is in Agora's place. What cannot be run here stands in
// exceptions_test.go with the reason: of that, bash checks the syntax, and make, kubectl and
// helm whether they know what they are told. Manifests are tried at the API server.
package commands
