// SPDX-License-Identifier: Apache-2.0

package command

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/convert/conversion"
)

const startHelp = `Starts a recording of a channel, with a profile.

A CloudRecordingProfile holds what the recordings of a project share: kubectl
get crecp lists those of the namespace. The recording begins at once, or at
--at. It goes on until it is stopped, until --until, or for as long as --for
says.

The command prints the name of the object. Without --name, the name begins with
the channel.`

// startFlags are the flags of a new recording.
type startFlags struct {
	profile, name, at, until string
	lasts                    time.Duration
}

func (t *tool) newStart() *cobra.Command {
	flags := &startFlags{}
	command := &cobra.Command{
		Use: "start CHANNEL --profile PROFILE", Short: "Start a recording of a channel with a profile", Long: startHelp,
		Example: "  kubectl crec start lesson-42 --profile lessons\n" +
			"  kubectl crec start lesson-42 --profile lessons --for 90m\n" +
			"  kubectl crec start lesson-42 --profile lessons --at 2030-12-02T09:00:00+01:00 --until 2030-12-02T10:30:00+01:00\n" +
			"  kubectl crec start lesson-42 --profile lessons --dry-run=client -o yaml",
		Args: one("the name of the channel"), ValidArgsFunction: cobra.NoFileCompletions,
	}
	command.Flags().StringVar(&flags.profile, "profile", "", "name of the CloudRecordingProfile; required")
	command.Flags().StringVar(&flags.name, "name", "", "name of the object; made from the channel if empty")
	command.Flags().StringVar(&flags.at, "at", "", "when to begin, such as 2030-12-02T09:00:00+01:00; at once if empty")
	command.Flags().StringVar(&flags.until, "until", "", "when to stop, such as 2030-12-02T10:30:00+01:00")
	command.Flags().DurationVar(&flags.lasts, "for", 0, "how long to record, such as 90m")
	_ = command.RegisterFlagCompletionFunc("profile", t.completeProfiles) // it is there
	write := addWriting(command, "created")
	command.RunE = func(command *cobra.Command, arguments []string) error {
		window, err := flags.window(t.clock.Now())
		if err != nil {
			return usageError(command, err)
		}
		if err := write.check(command); err != nil {
			return err
		}
		reached, err := t.connect()
		if err != nil {
			return err
		}
		recording := &v1alpha1.CloudRecording{Spec: v1alpha1.CloudRecordingSpec{
			ProfileRef: &v1alpha1.ProfileReference{Name: flags.profile}, CName: arguments[0], Window: window,
		}}
		recording.Namespace = reached.Namespace
		nameRecording(recording, flags.name)
		return write.create(command.Context(), t, reached, recording)
	}
	return command
}

// nameRecording names a recording. Without a name, it is named after its channel.
func nameRecording(recording *v1alpha1.CloudRecording, name string) {
	if recording.Name = name; name == "" {
		recording.GenerateName = conversion.NameOf(recording.Spec.CName, "recording") + "-"
	}
}

// window returns when to record, or nil if the flags do not say.
func (f *startFlags) window(now time.Time) (*v1alpha1.RecordingWindow, error) {
	start, err := timeOf("--at", f.at)
	if err != nil {
		return nil, err
	}
	end, err := timeOf("--until", f.until)
	switch {
	case err != nil:
		return nil, err
	case f.profile == "":
		return nil, errors.New("--profile is missing: kubectl get crecp lists the profiles of the namespace")
	case f.lasts < 0:
		return nil, errors.New("--for must be above 0, such as 90m")
	case f.lasts > 0 && end != nil:
		return nil, errors.New("--for and --until both say when to stop: give one of them")
	case f.lasts > 0 && start != nil:
		end = &metav1.Time{Time: start.Add(f.lasts)}
	case f.lasts > 0:
		end = &metav1.Time{Time: now.Add(f.lasts).UTC().Truncate(time.Second)}
	}
	if start == nil && end == nil {
		return nil, nil
	}
	return &v1alpha1.RecordingWindow{Start: start, End: end}, nil
}

// timeOf parses the time in a flag. It returns nil for an empty text.
func timeOf(flag, text string) (*metav1.Time, error) {
	if text == "" {
		return nil, nil
	}
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, fmt.Errorf("%s must be a time with its offset from UTC, such as 2030-12-02T09:00:00+01:00", flag)
	}
	return &metav1.Time{Time: parsed}, nil
}

// completeProfiles completes a flag with the names of profiles.
func (t *tool) completeProfiles(command *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	reached, err := t.connect()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	profiles, err := reached.Profiles(command.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, profile := range profiles {
		names = append(names, profile.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
