// SPDX-License-Identifier: Apache-2.0

// Package commands runs the commands in the documents.
//
// Each document runs from top to bottom, in a fresh copy of the repository, and on its own
// cluster. The cluster is a real API server. Deployments and Jobs that a block installs run as
// processes, and a simulator takes the place of Agora. Blocks that cannot run here are listed
// in exceptions_test.go with the reason. For those, bash checks the syntax, and make, kubectl
// and helm check that they know the arguments. Manifests are applied to the API server.
package commands
