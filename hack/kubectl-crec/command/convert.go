// SPDX-License-Identifier: Apache-2.0

package command

import (
	"flag"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cloudrecording.dev/operator/hack/convert/converter"
)

func (t *tool) newConvert() *cobra.Command {
	settings := &converter.Settings{}
	command := &cobra.Command{
		Use: "convert --app-id ID [FILE... | FOLDER]", Short: "Make manifests from the bodies of requests to Agora",
	}
	command.SetHelpFunc(func(command *cobra.Command, _ []string) {
		command.Print(converter.Usage("kubectl crec convert") + "\n" + command.LocalNonPersistentFlags().FlagUsages())
	})
	command.RunE = func(_ *cobra.Command, arguments []string) error {
		return settings.Run(arguments, t.streams.In, t.streams.Out, t.streams.ErrOut)
	}
	flags := flag.NewFlagSet("convert", flag.ContinueOnError)
	settings.Bind(flags)
	flags.VisitAll(func(bound *flag.Flag) {
		own := pflag.PFlagFromGoFlag(bound)
		if own.Name == "namespace" {
			// The same shorthand as in kubectl.
			own.Shorthand = "n"
		}
		command.Flags().AddFlag(own)
	})
	return command
}
