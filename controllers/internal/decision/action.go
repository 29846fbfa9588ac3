// SPDX-License-Identifier: Apache-2.0

package decision

import "cloudrecording.dev/operator/controllers/agora"

// Action is the one thing that a reconcile does after it has written the status.
type Action string

const (
	// ActionNone waits for a change, or for the next reconcile.
	ActionNone Action = "None"

	// ActionAddFinalizer ensures that the object cannot disappear unnoticed.
	ActionAddFinalizer Action = "AddFinalizer"

	// ActionQuery asks Agora for the state of the recording.
	ActionQuery Action = "Query"

	// ActionAcquire asks Agora for a resource ID to start the recording with.
	ActionAcquire Action = "Acquire"

	// ActionStart starts the recording.
	ActionStart Action = "Start"

	// ActionUpdate sends changes of a running recording to Agora.
	ActionUpdate Action = "Update"

	// ActionUpdateLayout sends a changed layout to Agora.
	ActionUpdateLayout Action = "UpdateLayout"

	// ActionStop ends the recording.
	ActionStop Action = "Stop"

	// ActionVerify looks for the recorded files in the bucket.
	ActionVerify Action = "Verify"

	// ActionDelete deletes the object once spec.ttlSecondsAfterFinished is over.
	ActionDelete Action = "Delete"

	// ActionRelease removes the finalizer, so that the object can be deleted.
	ActionRelease Action = "Release"
)

// methods are the methods of Agora's API that actions call.
var methods = map[Action]agora.Method{
	ActionAcquire: agora.MethodAcquire, ActionStart: agora.MethodStart, ActionQuery: agora.MethodQuery,
	ActionUpdate: agora.MethodUpdate, ActionUpdateLayout: agora.MethodUpdateLayout, ActionStop: agora.MethodStop,
}

// Method returns the method that the action calls, or nothing if it does not call Agora.
func (a Action) Method() agora.Method { return methods[a] }

// IsCall reports whether the action is a call to Agora.
func (a Action) IsCall() bool { return a.Method() != "" }

// NeedsRecord reports whether the action must be recorded before it is carried out.
// Otherwise a start or an update that was lost could not be distinguished from one that was
// never made, and an object that is deleted would take with it what was not written.
func (a Action) NeedsRecord() bool {
	switch a {
	case ActionAcquire, ActionStart, ActionUpdate, ActionUpdateLayout, ActionAddFinalizer, ActionDelete:
		return true
	default:
		return false
	}
}
