// SPDX-License-Identifier: Apache-2.0

// Package policies looks whether the policies of config/policy are in force: they
// keep the operator from changing what is the users', which RBAC cannot.
package policies
