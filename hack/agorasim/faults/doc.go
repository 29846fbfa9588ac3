// SPDX-License-Identifier: Apache-2.0

// Package faults defines the faults of calls of Agora's API and of its notifications, and
// selects the fault that strikes.
package faults
