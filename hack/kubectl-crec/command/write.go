// SPDX-License-Identifier: Apache-2.0

package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/kubectl-crec/cluster"
)

// The values of --dry-run.
const (
	dryRunNone   = "none"
	dryRunClient = "client"
	dryRunServer = "server"
)

// writing contains the flags for how a command writes an object and shows it.
type writing struct {
	dryRun string
	print  *genericclioptions.PrintFlags
}

// addWriting adds the flags to a command that writes. done is the past tense of what it
// does.
func addWriting(command *cobra.Command, done string) *writing {
	w := &writing{print: genericclioptions.NewPrintFlags(done)}
	command.Flags().StringVar(&w.dryRun, "dry-run", dryRunNone, "client prints the object only; server has the API server check it without storing it")
	command.Flags().Lookup("dry-run").NoOptDefVal = dryRunClient
	_ = command.RegisterFlagCompletionFunc("dry-run", cobra.FixedCompletions([]string{dryRunNone, dryRunClient, dryRunServer}, cobra.ShellCompDirectiveNoFileComp)) // it is there
	w.print.AddFlags(command)
	for _, rare := range []string{"template", "allow-missing-template-keys", "show-managed-fields"} {
		if flag := command.Flags().Lookup(rare); flag != nil {
			flag.Hidden = true
		}
	}
	return w
}

func (w *writing) check(command *cobra.Command) error {
	switch w.dryRun {
	case dryRunNone, dryRunClient, dryRunServer:
		return nil
	default:
		return usageError(command, fmt.Errorf("--dry-run can be none, client or server"))
	}
}

// create creates a recording, unless it is a dry run on the client, and shows it.
func (w *writing) create(ctx context.Context, t *tool, reached *cluster.Cluster, recording *v1alpha1.CloudRecording) error {
	object, err := manifestOf(recording)
	if err != nil {
		return err
	}
	var options []client.CreateOption
	if w.dryRun == dryRunServer {
		options = append(options, client.DryRunAll)
	}
	if w.dryRun != dryRunClient {
		if err := reached.Create(ctx, object, options...); err != nil {
			return reached.Explain("create", recording.Name+recording.GenerateName, err)
		}
		t.warnOfMissingProfile(ctx, reached, recording.Spec.ProfileRef)
	}
	return w.show(t, object)
}

// warnOfMissingProfile warns that a recording waits for its profile. This is not an
// error, because the profile may be applied later. It prints nothing if the user may not
// read profiles.
func (t *tool) warnOfMissingProfile(ctx context.Context, reached *cluster.Cluster, named *v1alpha1.ProfileReference) {
	if named == nil {
		return
	}
	key := client.ObjectKey{Namespace: reached.Namespace, Name: named.Name}
	if err := reached.Get(ctx, key, &v1alpha1.CloudRecordingProfile{}); apierrors.IsNotFound(err) {
		_, _ = fmt.Fprintf(t.streams.ErrOut, "Warning: namespace %q has no CloudRecordingProfile %q. The recording waits until there is one: kubectl get crecp lists those there are.\n",
			key.Namespace, key.Name)
	}
}

// show prints an object that was written.
func (w *writing) show(t *tool, object runtime.Object) error {
	if w.dryRun != dryRunNone {
		if err := w.print.Complete("%s (" + w.dryRun + " dry run)"); err != nil {
			return fmt.Errorf("print the object: %w", err)
		}
	}
	printer, err := w.print.ToPrinter()
	if err != nil {
		return fmt.Errorf("print the object: %w", err)
	}
	if err := printer.PrintObj(object, t.streams.Out); err != nil {
		return fmt.Errorf("print the object: %w", err)
	}
	return nil
}

// manifestOf returns a recording as a user would write it, without a status.
func manifestOf(recording *v1alpha1.CloudRecording) (*unstructured.Unstructured, error) {
	recording.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("CloudRecording"))
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(recording)
	if err != nil {
		return nil, fmt.Errorf("convert the recording: %w", err)
	}
	object := &unstructured.Unstructured{Object: content}
	unstructured.RemoveNestedField(object.Object, "status")
	unstructured.RemoveNestedField(object.Object, "metadata", "creationTimestamp")
	return object, nil
}
