// SPDX-License-Identifier: Apache-2.0

package command

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"cloudrecording.dev/operator/api/v1alpha1"
)

const adoptHelp = `Adopts a recording that was started elsewhere and is running.

The resource ID and the sid are what Agora's acquire and start returned. The
App ID, the uid, the mode and the Secret with the credentials come from a
profile, or from flags. They must be those that the recording was started with.
From then on the operator watches the recording. To stop it, use kubectl crec
stop. Create one object for each recording: deleting one stops the recording,
even if another object adopted it too.`

// adoptFlags are the flags that identify a running recording.
type adoptFlags struct {
	name, resourceID, sid, profile, appID, uid, mode, credentials string
}

func (t *tool) newAdopt() *cobra.Command {
	flags := &adoptFlags{}
	command := &cobra.Command{
		Use: "adopt CHANNEL --resource-id ID --sid SID", Short: "Adopt a recording that is already running", Long: adoptHelp,
		Example: "  kubectl crec adopt lesson-42 --resource-id JyvK8nXH... --sid 38f8e3cf... --profile lessons\n" +
			"  kubectl crec adopt lesson-42 --resource-id JyvK8nXH... --sid 38f8e3cf... \\\n" +
			"    --app-id 3c1f5f6d... --uid 527841 --mode mix --credentials agora-credentials",
		Args: one("the name of the channel, as acquire was called with"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	for _, flag := range flags.all() {
		command.Flags().StringVar(flag.value, flag.name, "", flag.help)
	}
	_ = command.RegisterFlagCompletionFunc("profile", t.completeProfiles) // it is there
	write := addWriting(command, "created")
	command.RunE = func(command *cobra.Command, arguments []string) error {
		if err := flags.check(); err != nil {
			return usageError(command, err)
		}
		if err := write.check(command); err != nil {
			return err
		}
		reached, err := t.connect()
		if err != nil {
			return err
		}
		recording := flags.recording(arguments[0])
		recording.Namespace = reached.Namespace
		nameRecording(recording, flags.name)
		return write.create(command.Context(), t, reached, recording)
	}
	return command
}

// adoptFlag is one of the flags. Flags whose values a profile can provide are required
// only without a profile.
type adoptFlag struct {
	value       *string
	name, help  string
	isNeeded    bool
	isInProfile bool
}

func (f *adoptFlags) all() []adoptFlag {
	return []adoptFlag{
		{&f.name, "name", "name of the object; made from the channel if empty", false, false},
		{&f.resourceID, "resource-id", "resource ID that Agora's acquire returned; required", true, false},
		{&f.sid, "sid", "recording ID that Agora's start returned; required", true, false},
		{&f.profile, "profile", "name of a CloudRecordingProfile, which replaces --app-id, --uid, --mode and --credentials", false, false},
		{&f.appID, "app-id", "App ID of the Agora project", true, true},
		{&f.uid, "uid", "user ID of the recorder, as acquire was called with", true, true},
		{&f.mode, "mode", "recording mode: individual, mix or web", true, true},
		{&f.credentials, "credentials", "name of the Secret with customerId and customerSecret", true, true},
	}
}

// check returns an error that lists the missing flags.
func (f *adoptFlags) check() error {
	var missing []string
	for _, flag := range f.all() {
		isReplaced := flag.isInProfile && f.profile != ""
		if flag.isNeeded && *flag.value == "" && !isReplaced {
			missing = append(missing, "--"+flag.name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("these flags are missing: %s. A profile can replace all but --resource-id and --sid", strings.Join(missing, ", "))
}

func (f *adoptFlags) recording(channel string) *v1alpha1.CloudRecording {
	recording := &v1alpha1.CloudRecording{Spec: v1alpha1.CloudRecordingSpec{
		CName: channel, ResourceID: f.resourceID, SID: f.sid,
		AppID: f.appID, UID: f.uid, Mode: v1alpha1.RecordingMode(f.mode),
		CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: f.credentials},
	}}
	if f.profile != "" {
		recording.Spec.ProfileRef = &v1alpha1.ProfileReference{Name: f.profile}
	}
	return recording
}
