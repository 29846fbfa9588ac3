// SPDX-License-Identifier: Apache-2.0

// Package usererror has the errors that a person can fix, worded for that person.
package usererror
