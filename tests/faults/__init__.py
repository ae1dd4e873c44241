"""What goes wrong in the world, injected: bad files and tables, kills, full disks, and machines of little memory."""
