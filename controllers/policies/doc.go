// SPDX-License-Identifier: Apache-2.0

// Package policies checks whether the policies of config/policy are in force. They keep the
// operator from changing what belongs to users, which RBAC cannot do.
package policies
