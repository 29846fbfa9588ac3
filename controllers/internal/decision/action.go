// SPDX-License-Identifier: Apache-2.0

package decision

import "cloudrecording.dev/operator/controllers/agora"

// Action is the one thing that a reconcile does after it has recorded.
type Action string

const (
	// ActionNone waits for a change or for the time to look again.
	ActionNone Action = "None"

	// ActionAddFinalizer makes sure that the object cannot go unnoticed.
	ActionAddFinalizer Action = "AddFinalizer"

	// ActionQuery asks Agora how the recording is.
	ActionQuery Action = "Query"

	// ActionAcquire asks Agora for a resource ID to start the recording with.
	ActionAcquire Action = "Acquire"

	// ActionStart starts the recording.
	ActionStart Action = "Start"

	// ActionUpdate tells Agora of changes to a recording that runs.
	ActionUpdate Action = "Update"

	// ActionUpdateLayout tells Agora of another layout.
	ActionUpdateLayout Action = "UpdateLayout"

	// ActionStop ends the recording.
	ActionStop Action = "Stop"

	// ActionVerify looks for the recorded files in the bucket.
	ActionVerify Action = "Verify"

	// ActionDelete deletes the object, which has been kept for as long as it was to be.
	ActionDelete Action = "Delete"

	// ActionRelease removes the finalizer, so that the object goes.
	ActionRelease Action = "Release"
)

// methods are the methods of Agora's that actions call.
var methods = map[Action]agora.Method{
	ActionAcquire: agora.MethodAcquire, ActionStart: agora.MethodStart, ActionQuery: agora.MethodQuery,
	ActionUpdate: agora.MethodUpdate, ActionUpdateLayout: agora.MethodUpdateLayout, ActionStop: agora.MethodStop,
}

// Method returns the method that the action calls; empty if it is no call to Agora.
func (a Action) Method() agora.Method { return methods[a] }

// IsCall says whether the action is a call to Agora.
func (a Action) IsCall() bool { return a.Method() != "" }

// NeedsRecord says whether what is to be done must be written before: a start that
// was lost could not be told from none, nor could an update, and an object that is deleted
// takes with it what is not written.
func (a Action) NeedsRecord() bool {
	switch a {
	case ActionAcquire, ActionStart, ActionUpdate, ActionUpdateLayout, ActionAddFinalizer, ActionDelete:
		return true
	default:
		return false
	}
}
