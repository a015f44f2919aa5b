from dialboard.cli import main

main()
